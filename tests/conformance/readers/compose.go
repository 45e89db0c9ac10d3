// compose-go, which Compose reads its files with: `compose READER`, places on stdin, values on stdout.
// "compose-go" reads a .env file, "compose-file" the environment of a service (key: services.NAME.environment.VARIABLE)
package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

func fromEnv(path, key string) (interface{}, error) {
	found, err := dotenv.ReadFile(path, func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	if value, there := found[key]; there {
		return value, nil
	}
	return nil, nil
}

func fromFile(path, key string) (interface{}, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(key, ".")
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(path),
		ConfigFiles: []types.ConfigFile{{Filename: path, Content: text}},
		Environment: map[string]string{},
	}, func(options *loader.Options) { options.SetProjectName("conformance", true) })
	if err != nil {
		return nil, err
	}
	service, err := project.GetService(parts[1])
	if err != nil {
		return nil, err
	}
	if value := service.Environment[parts[len(parts)-1]]; value != nil {
		return *value, nil
	}
	return nil, nil
}

func main() {
	readers := map[string]func(string, string) (interface{}, error){"compose-go": fromEnv, "compose-file": fromFile}
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
