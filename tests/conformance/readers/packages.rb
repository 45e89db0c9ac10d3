# ruby-dotenv, Psych after ERB (as config_for reads), plain Psych, Ruby itself, Discourse's own file: `packages.rb READER`
require "date"
require "json"
require "yaml"
require "erb"

def dotted(tree, key)
  key.split(".").reduce(tree) { |below, part| below.is_a?(Hash) ? below[part] : nil }
end

READERS = {
  "ruby-dotenv" => lambda { |path, key|
    require "dotenv"
    Dotenv::Parser.call(File.read(path))[key]
  },
  "psych-erb" => ->(path, key) { dotted(YAML.safe_load(ERB.new(File.read(path)).result), key) },
  "psych" => ->(path, key) { dotted(YAML.safe_load(File.read(path)), key) },
  # https://github.com/discourse/discourse/blob/1df354041bfdf6595c880df45745ef92c96b2a42/app/models/global_setting.rb
  "discourse" => lambda { |path, key|
    found = {}
    ERB.new(File.read(path)).result.split("\n").each do |line|
      if line =~ /\A\s*([a-z_]+[a-z0-9_]*)\s*=\s*("([^"]*)"|'([^']*)'|[^#]*)/
        found[$1.strip] = ($4 || $3 || $2).strip
      end
    end
    value = found[key]
    next value == "true" if %w[true false].include?(value)
    value =~ /\A(-?[0-9]+)\z/ ? Regexp.last_match(1).to_i : value
  },
  "ruby" => lambda { |path, key|
    hash, name = key.split(".")
    found = {}
    scope = Object.new
    scope.define_singleton_method(:method_missing) { |*| {} }  # external_url, other hashes
    scope.define_singleton_method(hash) { found }
    scope.instance_eval(File.read(path), path)
    found[name]
  }
}.freeze

values = JSON.parse($stdin.read).map do |path, key|
  READERS.fetch(ARGV[0]).call(path, key)
rescue Exception # what a reader raises is its answer, a SyntaxError too
  nil
end
def shown(value)
  case value
  when Float, Time, Date then "#{value} (#{value.class})"
  else value
  end
end

puts JSON.generate(values.map { |value| shown(value) })
