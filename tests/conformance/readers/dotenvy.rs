// dotenvy, which Vaultwarden reads its .env with: places on stdin, values on stdout.
use std::io::Read;

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let places: Vec<(String, String)> = serde_json::from_str(&text).unwrap();
    let found: Vec<Option<String>> = places.iter().map(|(path, key)| value(path, key)).collect();
    println!("{}", serde_json::to_string(&found).unwrap());
}

fn value(path: &str, key: &str) -> Option<String> {
    let mut last = None;
    for pair in dotenvy::from_path_iter(path).ok()? {
        let (name, value) = pair.ok()?;
        if name == key {
            last = Some(value);
        }
    }
    last
}
