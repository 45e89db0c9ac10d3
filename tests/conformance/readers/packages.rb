# ruby-dotenv, Psych after ERB (as config_for reads), plain Psych, Ruby itself: `packages.rb READER`
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
  "ruby" => lambda { |path, key|
    hash, name = key.split(".")
    found = {}
    scope = Object.new
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
