#include "noderuntime/command/completion.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "noderuntime/command/exit_status.h"

namespace noderuntime::command {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (auto& word : words) out += (out.empty() ? "" : std::string{between}) + word;
  return out;
}

// The text in single quotes; `escaped` replaces single quotes inside.
std::string in_quotes(std::string_view text, std::string_view escaped = "'\\''") {
  std::string out = "'";
  for (char c : text) c == '\'' ? out += escaped : out += c;
  return out += '\'';
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Code by which bash and zsh find the verb of the line so far: $verb.
std::string find_verb(const std::vector<Place>& places, std::string_view words, std::string_view limit,
                      int first) {
  std::vector<std::string> known;
  for (auto& place : places)
    if (!place.path.empty())
      known.push_back(in_quotes(place.path.find(' ') == std::string::npos ? ' ' + place.path : place.path));
  std::string out = "  for ((i = " + std::to_string(first) + "; i < " + std::string{limit} + "; ++i)); do\n";
  out += "    case \"$verb ${" + std::string{words} + "[i]}\" in\n";
  out += "      " + joined(known, "|") + ") verb=\"${verb:+$verb }${" + std::string{words} + "[i]}\" ;;\n";
  return out + "    esac\n  done\n";
}

// Code for the value of an option, in bash and zsh: one branch for each action.
template <class Action>
std::string after_options(const std::vector<Place>& places, Action action) {
  std::vector<std::pair<std::string, std::vector<std::string>>> branches;
  for (auto& place : places)
    for (auto& option : place.options) {
      if (!option.takes_value) continue;
      auto found = std::find_if(branches.begin(), branches.end(),
                                [&](auto& one) { return one.first == action(option); });
      if (found == branches.end()) found = branches.insert(branches.end(), {action(option), {}});
      for (auto& name : option.names) found->second.push_back(in_quotes(place.path + ' ' + name));
    }
  std::string out;
  for (auto& [what, patterns] : branches) out += "    " + joined(patterns, "|") + ") " + what + "return ;;\n";
  return out;
}

std::string bash_script(const std::vector<Place>& places) {
  std::string out =
      "# bash completion for noderuntime, printed by: noderuntime completion bash\n"
      "_noderuntime() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb= words= i\n"
      "  COMPREPLY=()\n" +
      find_verb(places, "COMP_WORDS", "COMP_CWORD", 1) + "  case \"$verb $previous\" in\n";
  out += after_options(places, [](const Choice& option) {
    if (!option.takes_file && option.values.empty()) return std::string{};
    auto words = option.takes_file ? std::string{"-f"} : "-W " + in_quotes(joined(option.values, " "));
    return "COMPREPLY=($(compgen " + words + " -- \"$current\")); ";
  });
  out += "  esac\n  case \"$verb\" in\n";
  for (auto& place : places) {
    std::vector<std::string> words;
    for (auto& verb : place.verbs) append(words, verb.names);
    for (auto& positional : place.positionals) append(words, positional.values);
    for (auto& option : place.options) append(words, option.names);
    out += "    " + in_quotes(place.path) + ") words=" + in_quotes(joined(words, " ")) + " ;;\n";
  }
  return out +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -F _noderuntime noderuntime\n";
}

// NAME:TEXT, as _describe takes it.
std::string described(const std::string& name, const std::string& text) {
  std::string out;
  for (char c : name) out += c == ':' ? "\\:" : std::string{c};
  return in_quotes(out + ':' + text);
}

std::string zsh_script(const std::vector<Place>& places) {
  std::string out =
      "#compdef noderuntime\n"
      "# zsh completion for noderuntime, printed by: noderuntime completion zsh\n"
      "_noderuntime() {\n"
      "  local verb= i\n"
      "  local -a verbs options\n" +
      find_verb(places, "words", "CURRENT", 2) + "  case \"$verb ${words[CURRENT-1]}\" in\n";
  out += after_options(places, [](const Choice& option) {
    if (option.takes_file) return std::string{"_files; "};
    if (option.values.empty()) return "_message " + in_quotes(option.text) + "; ";
    return "compadd -- " + joined(option.values, " ") + "; ";
  });
  out += "  esac\n  case \"$verb\" in\n";
  for (auto& place : places) {
    out += "    " + in_quotes(place.path) + ")\n      verbs=(";
    for (auto& verb : place.verbs) out += ' ' + described(verb.names[0], verb.text);
    for (auto& positional : place.positionals)
      for (auto& value : positional.values) out += ' ' + described(value, positional.text);
    out += " )\n      options=(";
    for (auto& option : place.options)
      for (auto& name : option.names) out += ' ' + described(name, option.text);
    out += " ) ;;\n";
  }
  return out +
         "  esac\n"
         "  (( $#verbs )) && _describe verb verbs\n"
         "  _describe option options\n"
         "}\n"
         "[[ $funcstack[1] = _noderuntime ]] && _noderuntime \"$@\" || compdef _noderuntime noderuntime\n";
}

// True if the line has all verbs of the path, and no sub-verb.
std::string fish_condition(const Place& place) {
  std::vector<std::string> below;
  for (auto& verb : place.verbs) append(below, verb.names);
  if (place.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (std::size_t at = 0; at < place.path.size();) {
    auto end = std::min(place.path.find(' ', at), place.path.size());
    condition += (condition.empty() ? "" : "; and ") +
                 ("__fish_seen_subcommand_from " + place.path.substr(at, end - at));
    at = end + 1;
  }
  if (!below.empty()) condition += "; and not __fish_seen_subcommand_from " + joined(below, " ");
  return condition;
}

std::string fish_script(const std::vector<Place>& places) {
  constexpr std::string_view escape = "\\'";
  std::string out =
      "# fish completion for noderuntime, printed by: noderuntime completion fish\n"
      "complete -c noderuntime -f\n";
  for (auto& place : places) {
    auto start = "complete -c noderuntime -n " + in_quotes(fish_condition(place), escape);
    for (auto& verb : place.verbs)
      out += start + " -a " + verb.names[0] + " -d " + in_quotes(verb.text, escape) + '\n';
    for (auto& positional : place.positionals)
      for (auto& value : positional.values)
        out += start + " -a " + value + " -d " + in_quotes(positional.text, escape) + '\n';
    for (auto& option : place.options) {
      out += start;
      for (auto& name : option.names)
        out += name.substr(0, 2) == "--" ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.takes_value) out += option.takes_file ? " -r -F" : " -x";
      if (!option.values.empty()) out += " -a " + in_quotes(joined(option.values, " "), escape);
      out += " -d " + in_quotes(option.text, escape) + '\n';
    }
  }
  return out;
}

}  // namespace

int completion(const CompletionOptions& options) {
  auto places = options.places();
  auto script = options.shell == "bash"  ? bash_script(places)
                : options.shell == "zsh" ? zsh_script(places)
                                         : fish_script(places);
  std::fwrite(script.data(), 1, script.size(), stdout);
  return std::fflush(stdout) == 0 ? success : internal;
}

}  // namespace noderuntime::command
