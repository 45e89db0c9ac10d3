// go-ini, alone and with Grafana's expander, yaml.v3, godotenv, a Secret by ghodss/yaml: `go run main.go READER`
package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"

	"github.com/ghodss/yaml"
	"github.com/joho/godotenv"
	"gopkg.in/ini.v1"
	yamlv3 "gopkg.in/yaml.v3"
)

func dotted(tree interface{}, key string) interface{} {
	for _, part := range strings.Split(key, ".") {
		below, ok := tree.(map[string]interface{})
		if !ok {
			return nil
		}
		tree = below[part]
	}
	return tree
}

// https://github.com/grafana/grafana/blob/v10.4.0/pkg/setting/expanders.go: $__env{…}, $__file{…}, ${…}
var expanded = regexp.MustCompile(`\$(|__\w+){([^}]+)}`)

var readers = map[string]func(string, string) (interface{}, error){
	"go-ini": func(path, key string) (interface{}, error) {
		file, err := ini.Load(path)
		if err != nil {
			return nil, err
		}
		section, name, _ := strings.Cut(key, ".")
		if !file.Section(section).HasKey(name) {
			return nil, nil
		}
		return expanded.ReplaceAllString(file.Section(section).Key(name).String(), "(expanded)"), nil
	},
	"gitea": func(path, key string) (interface{}, error) {
		// https://github.com/go-gitea/gitea/blob/main/modules/setting/config_provider.go
		file, err := ini.LoadSources(ini.LoadOptions{KeyValueDelimiterOnWrite: " = ", IgnoreContinuation: true}, path)
		if err != nil {
			return nil, err
		}
		section, name, _ := strings.Cut(key, ".")
		if !file.Section(section).HasKey(name) {
			return nil, nil
		}
		return file.Section(section).Key(name).String(), nil
	},
	"kubernetes": func(path, key string) (interface{}, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var secret struct {
			Data       map[string][]byte `json:"data"`
			StringData map[string]string `json:"stringData"`
		}
		if err := yaml.Unmarshal(text, &secret); err != nil {
			return nil, err
		}
		if value, there := secret.StringData[key]; there {
			return value, nil
		}
		if value, there := secret.Data[key]; there {
			return string(value), nil
		}
		return nil, nil
	},
	"go-yaml": func(path, key string) (interface{}, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var tree map[string]interface{}
		if err := yamlv3.Unmarshal(text, &tree); err != nil {
			return nil, err
		}
		return dotted(tree, key), nil
	},
	"godotenv": func(path, key string) (interface{}, error) {
		found, err := godotenv.Read(path)
		if err != nil {
			return nil, err
		}
		if value, there := found[key]; there {
			return value, nil
		}
		return nil, nil
	},
}

func main() {
	var places [][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&places); err != nil {
		panic(err)
	}
	values := make([]interface{}, 0, len(places))
	for _, place := range places {
		value, err := readers[os.Args[1]](place[0], place[1])
		if err != nil {
			value = nil
		}
		values = append(values, value)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(values); err != nil {
		panic(err)
	}
}
