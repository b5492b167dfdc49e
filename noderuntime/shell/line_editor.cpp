#include "noderuntime/shell/line_editor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/wire/utf8.h"

namespace noderuntime::shell {

namespace {

constexpr char32_t backspace = 0x7F, replacement = 0xFFFD;
constexpr char32_t control(char letter) { return static_cast<char32_t>(letter & 0x1F); }

// Keys that send a sequence, numbered behind the last code point.
enum Named : char32_t {
  key_up = 0x110000,
  key_down,
  key_left,
  key_right,
  key_home,
  key_end,
  key_delete,
  key_word_left,
  key_word_right,
  key_paste,
  key_unknown,
};

// ESC [ PARAMETERS FINAL, or ESC O FINAL. Source: ctlseqs of xterm; "~" rows also of the Linux console.
struct SequenceRow {
  std::string_view parameters;
  char final;
  Named key;
};
constexpr SequenceRow sequence_rows[] = {
    {"", 'A', key_up},           {"", 'B', key_down},          {"", 'C', key_right},
    {"", 'D', key_left},         {"", 'H', key_home},          {"", 'F', key_end},
    {"1", '~', key_home},        {"7", '~', key_home},         {"4", '~', key_end},
    {"8", '~', key_end},         {"3", '~', key_delete},       {"1;5", 'C', key_word_right},
    {"1;5", 'D', key_word_left}, {"1;3", 'C', key_word_right}, {"1;3", 'D', key_word_left},
    {"200", '~', key_paste},
};
constexpr std::string_view paste_end = "\x1b[201~";
constexpr std::size_t longest_sequence = 32;

bool is_word_character(char32_t character) {
  return character > 0x7F || character == '_' || (character >= '0' && character <= '9') ||
         (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

bool joins_next(char32_t character) { return character == 0x200D; }  // zero width joiner
bool is_modifier(char32_t character) {                               // skin tones, variation selectors
  return (character >= 0x1F3FB && character <= 0x1F3FF) || (character >= 0xFE00 && character <= 0xFE0F);
}

std::string utf8_of(std::u32string_view text) {
  std::string bytes;
  for (char32_t character : text) utf8::append(bytes, character);
  return bytes;
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    auto character = utf8::next(text, at);
    if (!character) ++at;
    points += character.value_or(replacement);
  }
  return points;
}

// How many bytes the character has whose first one this is; 1 if it is none.
std::size_t expected_size(unsigned char first) {
  if (first < 0xC2 || first > 0xF4) return 1;
  return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
}

std::string times(std::size_t count, char direction) {
  return count == 0 ? std::string{} : "\x1b[" + std::to_string(count) + direction;
}

}  // namespace

enum class LineEditor::Act {
  begin_of_line,
  end_of_line,
  left,
  right,
  word_left,
  word_right,
  erase_left,
  erase_right,
  erase_right_or_end,
  kill_to_end,
  kill_to_begin,
  kill_word_left,
  kill_word_right,
  yank,
  transpose,
  older,
  newer,
  oldest,
  newest,
  search,
  complete,
  enter,
  interrupt,
  quit,
  switch_job,
  clear_screen,
  paste,
};

struct LineEditor::Binding {
  char32_t code;
  bool meta;
  Act act;
};
const LineEditor::Binding LineEditor::bindings[] = {
    {control('A'), false, Act::begin_of_line},
    {key_home, false, Act::begin_of_line},
    {control('E'), false, Act::end_of_line},
    {key_end, false, Act::end_of_line},
    {control('B'), false, Act::left},
    {key_left, false, Act::left},
    {control('F'), false, Act::right},
    {key_right, false, Act::right},
    {'b', true, Act::word_left},
    {key_word_left, false, Act::word_left},
    {'f', true, Act::word_right},
    {key_word_right, false, Act::word_right},
    {control('H'), false, Act::erase_left},
    {backspace, false, Act::erase_left},
    {key_delete, false, Act::erase_right},
    {control('D'), false, Act::erase_right_or_end},
    {control('K'), false, Act::kill_to_end},
    {control('U'), false, Act::kill_to_begin},
    {control('W'), false, Act::kill_word_left},
    {backspace, true, Act::kill_word_left},
    {'d', true, Act::kill_word_right},
    {control('Y'), false, Act::yank},
    {control('T'), false, Act::transpose},
    {control('P'), false, Act::older},
    {key_up, false, Act::older},
    {control('N'), false, Act::newer},
    {key_down, false, Act::newer},
    {'<', true, Act::oldest},
    {'>', true, Act::newest},
    {control('R'), false, Act::search},
    {'\t', false, Act::complete},
    {'\r', false, Act::enter},
    {'\n', false, Act::enter},
    {control('C'), false, Act::interrupt},
    {control('\\'), false, Act::quit},
    {control('G'), false, Act::switch_job},
    {control('L'), false, Act::clear_screen},
    {key_paste, false, Act::paste},
};

// --- in and out

std::optional<EditorEvent> LineEditor::next() {
  if (events_taken_ == events_.size()) {
    events_.clear();
    events_taken_ = 0;
    return std::nullopt;
  }
  return std::move(events_[events_taken_++]);
}

std::string LineEditor::take_output() { return std::exchange(output_, {}); }

void LineEditor::begin(std::string_view prompt, bool echo, bool remember, std::string_view line) {
  if (reading_) stop();
  auto end = prompt.rfind('\n');
  if (end != prompt.npos) {
    print(prompt.substr(0, end + 1));
    prompt.remove_prefix(end + 1);
  }
  if (open_output_.size() > most_open_output) print("\n");
  reading_ = true, echo_ = echo, remember_ = remember, completing_ = searching_ = false;
  asked_prompt_ = prompt;
  prompt_ = open_output_ + asked_prompt_;
  text_.clear(), drawn_.clear();
  cursor_ = 0, recalled_ = history_.size();
  output_ += asked_prompt_;
  cursor_place_ = place_after_raw({}, prompt_);
  if (cursor_place_.row > 0 && cursor_place_.column == 0) output_ += '\n';
  drawn_at_end_ = true;
  insert(code_points(line));
  run();
}

void LineEditor::stop() {
  if (!reading_) return;
  erase();
  output_ += open_output_;
  end_line();
}

void LineEditor::end_line() {
  reading_ = completing_ = searching_ = false;
  text_.clear();
  cursor_ = 0;
}

void LineEditor::feed(std::string_view typed) {
  if (typed_.size() + typed.size() <= most_waiting) typed_ += typed;
  if (!reading_ || completing_) watch_for_interrupts();
  run();
}

// As a terminal does: ^C also drops what was typed before it.
void LineEditor::watch_for_interrupts() {
  auto at = typed_.find_last_of("\x03\x07\x1c");
  if (at == typed_.npos) return;
  char typed = typed_[at];
  typed_.erase(0, at + 1);
  pasting_ = false;
  if (typed == '\x1c') return events_.push_back(QuitTyped{});
  if (typed == '\x07') return switch_job();
  if (!std::exchange(completing_, false)) return events_.push_back(InterruptTyped{});
  clear();
}

void LineEditor::run() {
  while (reading_ && !completing_) {
    auto key = pasting_ ? next_pasted_key() : next_key();
    if (!key) break;
    bool is_text = is_text_key(*key);
    if (is_text && !searching_) {
      inserted_ += key->code;
      continue;
    }
    insert(std::exchange(inserted_, {}));
    press(*key);
  }
  insert(std::exchange(inserted_, {}));
  typed_.erase(0, std::exchange(taken_, 0));
  if (reading_) draw();
}

void LineEditor::switch_job() {
  auto line = utf8_of(text_);
  leave();
  events_.push_back(SwitchTyped{std::move(line)});
}

bool LineEditor::is_text_key(Key key) const {
  bool is_tab = pasting_ && key.code == '\t';
  return !key.meta && (key.code >= ' ' || is_tab) && key.code != backspace && key.code < key_up;
}

void LineEditor::clear() {
  text_.clear();
  cursor_ = 0;
  recalled_ = history_.size();
  if (reading_) draw();
}

void LineEditor::complete(std::string_view text, std::string_view listing) {
  if (!std::exchange(completing_, false)) return;
  if (listing.starts_with('\n')) listing.remove_prefix(1);
  if (!listing.empty()) {
    leave_line();
    output_ += listing;
    if (!listing.ends_with('\n')) output_ += '\n';
    prompt_ = asked_prompt_;
    cursor_place_ = {};
    drawn_at_end_ = false;
  }
  insert(code_points(text));
  run();
}

void LineEditor::print(std::string_view text) {
  if (text.empty()) return;
  if (reading_) {
    erase();
    output_ += open_output_;
  }
  output_ += text;
  auto end = text.find_last_of("\r\n");
  if (end != text.npos) open_output_.clear();
  open_output_ += text.substr(end == text.npos ? 0 : end + 1);
  if (open_output_.size() > most_open_output) open_output_.resize(most_open_output + 1);
  if (!reading_) return;
  if (open_output_.size() > most_open_output) {
    output_ += '\n';
    open_output_.clear();
  }
  prompt_ = open_output_ + asked_prompt_;
  cursor_place_ = place_after_raw({}, open_output_);
  draw();
}

void LineEditor::resize(std::size_t columns) {
  constexpr std::size_t usual = 80;
  columns_ = columns > 0 ? columns : usual;
  if (!reading_) return;
  Place begin = place_after_raw({}, prompt_);
  cursor_place_ = echo_ ? place_after(begin, std::u32string_view{text_}.substr(0, cursor_)) : begin;
  drawn_at_end_ = false;
  draw();
}

void LineEditor::redraw() {
  cursor_place_ = {};
  drawn_at_end_ = false;
  if (reading_) draw();
}

// --- keys

// nullopt: the key has not come as a whole.
std::optional<LineEditor::Key> LineEditor::next_key() {
  auto typed = std::string_view{typed_}.substr(taken_);
  if (typed.empty()) return std::nullopt;
  auto take = [this](std::size_t bytes, Key key) {
    taken_ += bytes;
    return key;
  };
  auto character_at = [typed](std::size_t at, std::size_t& end) -> std::optional<char32_t> {
    end = at;
    if (auto character = utf8::next(typed, end)) return character;
    end = at + 1;
    if (typed.size() - at < expected_size(static_cast<unsigned char>(typed[at]))) return std::nullopt;
    return key_unknown;
  };
  std::size_t end = 0;
  if (typed[0] != '\x1b') {
    auto character = character_at(0, end);
    return character ? std::optional{take(end, Key{*character})} : std::nullopt;
  }
  if (typed.size() == 1) return std::nullopt;
  if (typed[1] != '[' && typed[1] != 'O') {
    auto character = character_at(1, end);
    return character ? std::optional{take(end, Key{*character, true})} : std::nullopt;
  }
  for (end = 2; end < typed.size() && end < longest_sequence; ++end) {
    if (typed[end] >= 0x40 && typed[end] <= 0x7E)
      return take(end + 1, escape_sequence(typed.substr(0, end + 1)));
    if (typed[end] < 0x20 || typed[end] > 0x3F) return take(end, Key{key_unknown});  // it breaks off
  }
  return end < longest_sequence ? std::nullopt : std::optional{take(end, Key{key_unknown})};
}

LineEditor::Key LineEditor::escape_sequence(std::string_view sequence) const {
  auto parameters = sequence.substr(2, sequence.size() - 3);
  for (auto& row : sequence_rows)
    if (row.final == sequence.back() && row.parameters == parameters) return Key{row.key};
  return Key{key_unknown};
}

// Everything up to the end of the pasted text is text; its lines end as if Enter was typed.
std::optional<LineEditor::Key> LineEditor::next_pasted_key() {
  auto typed = std::string_view{typed_}.substr(taken_);
  if (typed.starts_with(paste_end)) {
    taken_ += paste_end.size();
    pasting_ = false;
    return next_key();
  }
  if (paste_end.starts_with(typed)) return std::nullopt;
  std::size_t end = 0;
  auto character = utf8::next(typed, end);
  if (!character && typed.size() < expected_size(static_cast<unsigned char>(typed[0]))) return std::nullopt;
  taken_ += character ? end : 1;
  return Key{character.value_or(key_unknown)};
}

void LineEditor::press(Key key) {
  if (searching_ && search_with(key)) return;
  if (pasting_ && key.code != '\r' && key.code != '\n') return;
  for (auto& binding : bindings)
    if (binding.code == key.code && binding.meta == key.meta) return perform(binding.act);
}

void LineEditor::insert(std::u32string_view text) {
  auto room = most_line - std::min(text_.size(), most_line);
  text = text.substr(0, room);
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

void LineEditor::kill(std::size_t from, std::size_t to) {
  if (from == to) return;
  killed_ = text_.substr(from, to - from);
  text_.erase(from, to - from);
  cursor_ = from;
}

void LineEditor::set_text(std::string_view utf8) {
  text_ = code_points(utf8);
  cursor_ = text_.size();
}

void LineEditor::recall(std::size_t index) {
  if (!echo_) return;
  if (recalled_ == history_.size()) draft_ = text_;
  recalled_ = index;
  if (index < history_.size()) return set_text(history_[index]);
  text_ = draft_;
  cursor_ = text_.size();
}

void LineEditor::perform(Act act) {
  auto erase_text = [this](std::size_t from, std::size_t to) {
    text_.erase(from, to - from);
    cursor_ = from;
  };
  switch (act) {
    case Act::begin_of_line: cursor_ = 0; break;
    case Act::end_of_line: cursor_ = text_.size(); break;
    case Act::left: cursor_ = cluster_before(cursor_); break;
    case Act::right: cursor_ = cluster_after(cursor_); break;
    case Act::word_left: cursor_ = word_before(cursor_); break;
    case Act::word_right: cursor_ = word_after(cursor_); break;
    case Act::erase_left: erase_text(cluster_before(cursor_), cursor_); break;
    case Act::erase_right_or_end:
      if (text_.empty()) return events_.push_back(EndTyped{});
      [[fallthrough]];
    case Act::erase_right: erase_text(cursor_, cluster_after(cursor_)); break;
    case Act::kill_to_end: kill(cursor_, text_.size()); break;
    case Act::kill_to_begin: kill(0, cursor_); break;
    case Act::kill_word_left: kill(word_before(cursor_), cursor_); break;
    case Act::kill_word_right: kill(cursor_, word_after(cursor_)); break;
    case Act::yank: insert(Text{killed_}); break;
    case Act::transpose: {
      if (cursor_ == 0 || text_.size() < 2) break;
      auto at = std::min(cursor_, text_.size() - 1);
      std::swap(text_[at - 1], text_[at]);
      cursor_ = at + 1;
      break;
    }
    case Act::older:
      if (recalled_ > 0) recall(recalled_ - 1);
      break;
    case Act::newer:
      if (recalled_ < history_.size()) recall(recalled_ + 1);
      break;
    case Act::oldest:
      if (history_.size() > 0) recall(0);
      break;
    case Act::newest: recall(history_.size()); break;
    case Act::search:
      if (!echo_) break;
      draft_ = text_;
      searching_ = true;
      query_.clear();
      found_ = history_.size();
      break;
    case Act::complete:
      if (!echo_) break;
      completing_ = true;
      events_.push_back(CompletionTyped{utf8_of(std::u32string_view{text_}.substr(0, cursor_))});
      break;
    case Act::enter: enter(); break;
    case Act::interrupt:
      clear();
      events_.push_back(InterruptTyped{});
      break;
    case Act::quit: events_.push_back(QuitTyped{}); break;
    case Act::switch_job: switch_job(); break;
    case Act::clear_screen:
      output_ += "\x1b[H\x1b[2J";
      redraw();
      break;
    case Act::paste: pasting_ = true; break;
  }
}

// True: the key belongs to the search.
bool LineEditor::search_with(Key key) {
  if (is_text_key(key)) {
    utf8::append(query_, key.code);
    search_further(history_.size());
    return true;
  }
  if (key.code == control('R') && !key.meta) return search_further(found_), true;
  if ((key.code == backspace || key.code == control('H')) && !key.meta) {
    auto points = code_points(query_);
    if (!points.empty()) points.pop_back();
    query_ = utf8_of(points);
    search_further(history_.size());
    return true;
  }
  searching_ = drawn_at_end_ = false;
  if (key.meta || (key.code != control('G') && key.code != control('C'))) return false;
  text_ = draft_;
  cursor_ = text_.size();
  return true;
}

void LineEditor::search_further(std::size_t from) {
  auto found = query_.empty() ? std::nullopt : history_.find_before(from, query_);
  if (!found) return;
  found_ = recalled_ = *found;
  set_text(history_[found_]);
}

void LineEditor::enter() {
  leave_line();
  auto line = utf8_of(text_);
  bool remembered = echo_ && remember_ && history_.add(line);
  end_line();
  events_.push_back(TypedLine{std::move(line), remembered});
}

// The cursor then stands on the screen line behind the text.
void LineEditor::leave_line() {
  draw();
  auto end = echo_ ? place_after(place_after_raw({}, prompt_), text_) : cursor_place_;
  move_from_to(cursor_place_, end);
  bool on_new_row = end.row > 0 && end.column == 0;
  if (!on_new_row) output_ += '\n';
  open_output_.clear();
}

void LineEditor::leave() {
  if (!reading_) return print(open_output_.empty() ? "" : "\n");
  leave_line();
  end_line();
}

// --- places

std::size_t LineEditor::cluster_after(std::size_t at) const {
  if (at < text_.size()) ++at;
  while (at < text_.size() && (width_(text_[at]) == 0 || is_modifier(text_[at]) || joins_next(text_[at - 1])))
    ++at;
  return at;
}

std::size_t LineEditor::cluster_before(std::size_t at) const {
  if (at > 0) --at;
  while (at > 0 && (width_(text_[at]) == 0 || is_modifier(text_[at]) || joins_next(text_[at - 1]))) --at;
  return at;
}

std::size_t LineEditor::word_after(std::size_t at) const {
  while (at < text_.size() && !is_word_character(text_[at])) ++at;
  while (at < text_.size() && is_word_character(text_[at])) ++at;
  return at;
}

std::size_t LineEditor::word_before(std::size_t at) const {
  while (at > 0 && !is_word_character(text_[at - 1])) --at;
  while (at > 0 && is_word_character(text_[at - 1])) --at;
  return at;
}

// Control characters are shown as ^X, a tab as a blank.
int LineEditor::columns_of(char32_t character) const {
  if (character == '\t') return 1;
  if (character < ' ' || character == backspace) return 2;
  int columns = width_(character);
  return columns < 0 ? 1 : columns;
}

LineEditor::Place LineEditor::place_after(Place place, std::u32string_view text) const {
  for (char32_t character : text) {
    auto columns = static_cast<std::size_t>(columns_of(character));
    if (place.column + columns > columns_) place = {place.row + 1, 0};
    place.column += columns;
    if (place.column >= columns_) place = {place.row + 1, 0};
  }
  return place;
}

// The same for output, in which escape sequences take no room.
LineEditor::Place LineEditor::place_after_raw(Place place, std::string_view output) const {
  for (std::size_t at = 0; at < output.size();) {
    if (output[at] == '\x1b') {
      bool text = at + 1 < output.size() && output[at + 1] == ']';  // a title: up to BEL or ESC backslash
      at += 2;
      if (text)
        while (at < output.size() && output[at] != '\a' && output[at] != '\\') ++at;
      else if (at - 1 < output.size() && output[at - 1] == '[')
        while (at < output.size() && (output[at] < 0x40 || output[at] > 0x7E)) ++at;
      else
        continue;
      ++at;
      continue;
    }
    auto character = utf8::next(output, at);
    if (!character) ++at;
    char32_t shown = character.value_or(replacement);
    constexpr std::size_t tab = 8;
    if (shown == '\t')
      place.column = std::min((place.column / tab + 1) * tab, columns_ - 1);
    else if (shown >= ' ' && shown != backspace)
      place = place_after(place, {&shown, 1});
  }
  return place;
}

// --- what the terminal shows

void LineEditor::move_from_to(Place from, Place to) {
  if (from.row == to.row && from.column == to.column) return;
  output_ += times(from.row > to.row ? from.row - to.row : 0, 'A') +
             times(to.row > from.row ? to.row - from.row : 0, 'B') + '\r' + times(to.column, 'C');
}

// The cursor then stands where the prompt began.
void LineEditor::erase() {
  move_from_to(cursor_place_, {});
  output_ += "\x1b[J";
  cursor_place_ = {};
  drawn_at_end_ = false;
}

void LineEditor::draw() {
  auto shown = [this](std::u32string_view text) {
    std::string bytes;
    for (char32_t character : text) {
      if (character == '\t')
        bytes += ' ';
      else if (character < ' ' || character == backspace)
        bytes += {'^', static_cast<char>(character ^ 0x40)};
      else
        utf8::append(bytes, width_(character) < 0 ? replacement : character);
    }
    return bytes;
  };
  std::u32string_view text = echo_ ? std::u32string_view{text_} : std::u32string_view{};
  auto cursor = echo_ ? cursor_ : 0;
  bool appended = drawn_at_end_ && !searching_ && cursor == text.size() && text.starts_with(drawn_);
  if (appended) {
    auto more = text.substr(drawn_.size());
    Place end = place_after(cursor_place_, more);
    if (end.row == cursor_place_.row) {
      output_ += shown(more);
      drawn_ += more;
      cursor_place_ = end;
      return;
    }
  }
  move_from_to(cursor_place_, {});
  auto prompt = searching_ ? "search: " + query_ + " | " : prompt_;
  output_ += '\r' + prompt + shown(text);
  Place begin = place_after_raw({}, prompt), end = place_after(begin, text);
  if (end.row > 0 && end.column == 0) output_ += '\n';
  output_ += "\x1b[J";
  cursor_place_ = place_after(begin, text.substr(0, cursor));
  move_from_to(end, cursor_place_);
  drawn_ = text;
  drawn_at_end_ = cursor == text.size() && !searching_;
}

}  // namespace noderuntime::shell
