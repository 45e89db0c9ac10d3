// SnakeYAML and Spring's own ${…} replacement, as Spring Boot has them: java -cp snakeyaml.jar:spring-core.jar:… Spring.java
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.util.PropertyPlaceholderHelper;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

public class Spring {
  public static void main(String[] arguments) throws Exception {
    // JSON is YAML, and this one is ours
    List<List<String>> places = new Yaml().load(new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
    PropertyPlaceholderHelper helper = arguments[0].equals("spring") ? new PropertyPlaceholderHelper("${", "}", ":", true) : null;
    List<String> values = new ArrayList<>();
    for (List<String> place : places) {
      values.add(read(helper, place.get(0), place.get(1)));
    }
    System.out.write(("[" + String.join(",", values) + "]").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  static String read(PropertyPlaceholderHelper helper, String path, String key) {
    try {
      Object tree = new Yaml(new SafeConstructor()).load(new StringReader(Files.readString(Path.of(path))));
      for (String part : key.split("\\.")) {
        tree = ((Map<?, ?>) tree).get(part);
      }
      if (tree == null) {
        return "null";
      }
      if (!(tree instanceof String)) {
        return quoted(tree + " (" + tree.getClass().getSimpleName() + ")");
      }
      return quoted(helper == null ? (String) tree : helper.replacePlaceholders((String) tree, System.getenv()::get));
    } catch (Exception error) {
      return "null";
    }
  }

  static String quoted(String text) {
    StringBuilder result = new StringBuilder("\"");
    for (char one : text.toCharArray()) {
      result.append(one < 128 && (Character.isLetterOrDigit(one)) ? String.valueOf(one) : String.format("\\u%04x", (int) one));
    }
    return result.append('"').toString();
  }
}
