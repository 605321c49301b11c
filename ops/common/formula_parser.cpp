// Recursive descent with precedence climbing. Nodes go into one vector, arguments before their
// users, so that nothing after parsing recurses.
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <map>
#include <tuple>

#include "engine/error.hpp"
#include "engine/options.hpp"
#include "ops/common/band_names.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/formula.hpp"

namespace sluice::formula {

namespace {

struct Function {
  std::string_view name;
  Op op;
  int least, most;  ///< arguments; most -1: any number
};
constexpr Function kFunctions[] = {
    {"min", Op::min, 2, -1},    {"max", Op::max, 2, -1},    {"abs", Op::abs, 1, 1},
    {"sqrt", Op::sqrt, 1, 1},   {"exp", Op::exp, 1, 1},     {"log", Op::log, 1, 1},
    {"log10", Op::log10, 1, 1}, {"sin", Op::sin, 1, 1},     {"cos", Op::cos, 1, 1},
    {"tan", Op::tan, 1, 1},     {"asin", Op::asin, 1, 1},   {"acos", Op::acos, 1, 1},
    {"atan", Op::atan, 1, 1},   {"floor", Op::floor, 1, 1}, {"ceil", Op::ceil, 1, 1},
    {"round", Op::round, 1, 1}, {"atan2", Op::atan2, 2, 2},
};
constexpr std::string_view kWords[] = {"x", "y", "pi", "nan", "inf", "nodata"};

struct Operator {
  std::string_view sign;
  Op op;
  int level;     ///< binds tighter when higher
  bool swapped;  ///< a > b is b < a
};
constexpr Operator kOperators[] = {
    {"||", Op::logical_or, 0, false}, {"&&", Op::logical_and, 1, false},
    {"==", Op::equal, 2, false},      {"!=", Op::not_equal, 2, false},
    {"<=", Op::less_equal, 3, false}, {">=", Op::less_equal, 3, true},
    {"<", Op::less, 3, false},        {">", Op::less, 3, true},
    {"+", Op::add, 4, false},         {"-", Op::subtract, 4, false},
    {"**", Op::power, 6, false},      {"*", Op::multiply, 5, false},
    {"/", Op::divide, 5, false},      {"%", Op::modulo, 5, false},
};
constexpr int kComparison = 3;
constexpr int kPower = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool in_word(char c) {
  return starts_word(c) || is_digit(c);
}

class Parser {
 public:
  Parser(Tree& tree, std::span<const ImageInfo> inputs, std::span<const std::string> names,
         std::size_t most_nodes)
      : tree_(tree), inputs_(inputs), names_(names), most_nodes_(most_nodes) {}

  void formula(std::string_view text, std::size_t index, std::size_t count) {
    text_ = text, at_ = 0, depth_ = 0;
    index_ = index, count_ = count;
    if (text.size() > kMaxLength)
      fail(0, fmt::format("a formula has at most {} characters, this one {}", kMaxLength,
                          text.size()));
    const int result = conditional();
    skip_spaces();
    if (at_ < text_.size()) unexpected("an operator or the end");
    tree_.results.push_back(result);
  }

 private:
  // --- messages ---
  [[noreturn]] void fail(std::size_t at, const std::string& reason) const {
    constexpr std::size_t kShown = 60;
    std::string shown(text_.substr(0, kShown));
    for (char& c : shown)
      if (static_cast<unsigned char>(c) < 32) c = ' ';
    if (text_.size() > kShown) shown += "...";
    const std::string which = count_ > 1 ? fmt::format("formula {}, ", index_ + 1) : "formula, ";
    throw Error(ErrorKind::usage,
                fmt::format("{}column {} of \"{}\": {}", which, at + 1, shown, reason));
  }
  [[noreturn]] void unexpected(const char* expected) const {
    if (at_ >= text_.size())
      fail(at_, fmt::format("the formula ends where {} was expected", expected));
    const char c = text_[at_];
    if (c == '=') fail(at_, "'=' compares nothing; equality is '=='");
    if (c == '^') fail(at_, "'^' is no operator; a power is '**'");
    if (c == '&') fail(at_, "'&' is no operator; 'and' is '&&'");
    if (c == '|') fail(at_, "'|' is no operator; 'or' is '||'");
    const bool printable =
        static_cast<unsigned char>(c) >= 32 && static_cast<unsigned char>(c) < 127;
    fail(at_,
         fmt::format(
             "expected {}, found {}", expected,
             printable ? fmt::format("'{}'", c)
                       : fmt::format("byte {}", static_cast<int>(static_cast<unsigned char>(c)))));
  }

  // --- characters ---
  void skip_spaces() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  char peek() {
    skip_spaces();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c, const char* what) {
    if (!take(c)) unexpected(what);
  }
  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && in_word(text_[at_]))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  const Operator* peek_operator() {
    skip_spaces();
    const std::string_view rest = text_.substr(at_);
    for (const Operator& o : kOperators) {
      if (!rest.starts_with(o.sign)) continue;
      if (o.sign == "*" && rest.starts_with("**")) continue;
      return &o;
    }
    return nullptr;
  }

  struct Nesting {
    explicit Nesting(Parser& p) : parser(p) {
      if (++parser.depth_ > kMaxDepth)
        parser.fail(parser.at_, fmt::format("nested more than {} deep", kMaxDepth));
    }
    ~Nesting() { --parser.depth_; }
    Parser& parser;
  };

  // --- nodes ---
  int add(const Node& node) {
    const auto key =
        std::tuple(node.op, node.arguments[0], node.arguments[1], node.arguments[2],
                   __builtin_bit_cast(std::uint64_t, node.value), node.input, node.band);
    const auto [place, fresh] = known_.try_emplace(key, static_cast<int>(tree_.nodes.size()));
    if (fresh) {
      if (tree_.nodes.size() >= most_nodes_)
        fail(at_, fmt::format("more than {} operations", most_nodes_));
      tree_.nodes.push_back(node);
    }
    return place->second;
  }
  int add(Op op, int a, int b = -1, int c = -1) { return add(Node{op, {a, b, c}, 0, -1, -1}); }
  int constant(double v) { return add(Node{Op::constant, {-1, -1, -1}, v, -1, -1}); }
  int load(int input, int band) { return add(Node{Op::load, {-1, -1, -1}, 0, input, band}); }

  // --- grammar ---
  int conditional() {
    const int condition = binary(0);
    if (!take('?')) return condition;
    const Nesting nesting(*this);
    const int yes = conditional();
    expect(':', "':' of the '?'");
    return add(Op::select, condition, yes, conditional());
  }

  /// The operators of `level` and tighter, from left to right.
  int binary(int level) {
    if (level == kPower) return unary();
    int left = binary(level + 1);
    bool compared = false;
    for (const Operator* o = peek_operator(); o && o->level == level; o = peek_operator()) {
      if (level == kComparison && compared)
        fail(at_, "comparisons do not chain; write a < b && b < c");
      compared = true;
      at_ += o->sign.size();
      const int right = binary(level + 1);
      left = o->swapped ? add(o->op, right, left) : add(o->op, left, right);
    }
    return left;
  }

  int unary() {
    const Nesting nesting(*this);
    if (take('-')) return add(Op::negate, unary());
    if (take('+')) return unary();
    if (take('!')) return add(Op::logical_not, unary());
    const int base = primary();
    const Operator* o = peek_operator();
    if (!o || o->level != kPower) return base;
    at_ += o->sign.size();
    return add(Op::power, base, unary());
  }

  int primary() {
    const char c = peek();
    if (c == '(') {
      ++at_;
      const int inside = conditional();
      expect(')', "')'");
      return inside;
    }
    if (is_digit(c) || c == '.') return number();
    if (starts_word(c)) return named();
    unexpected("a number, a name or '('");
  }

  int number() {
    const std::size_t begin = at_;
    double v = 0;
    const auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), v);
    if (failure == std::errc::result_out_of_range) fail(begin, "the number is out of range");
    if (failure != std::errc{}) unexpected("a number");
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ < text_.size() && (in_word(text_[at_]) || text_[at_] == '.'))
      fail(begin, "a number runs into a word");
    return constant(v);
  }

  int named() {
    const std::size_t begin = at_;
    const std::string_view name = word();
    const char next = peek();
    if (next == '(') return call(name, begin);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != name) continue;
      for (const std::string_view taken : kWords)
        if (taken == name)
          fail(begin, fmt::format("'{}' is an input and a word of formulas; give the input another "
                                  "name with names",
                                  name));
      return next == '[' ? chosen_band(static_cast<int>(i))
                         : whole_input(static_cast<int>(i), begin);
    }
    if (next == '[') unknown(name, begin, "input");
    if (name == "x") return add(Op::column, -1);
    if (name == "y") return add(Op::row, -1);
    if (name == "pi") return constant(3.141592653589793);
    if (name == "nan") return constant(std::numeric_limits<double>::quiet_NaN());
    if (name == "inf") return constant(std::numeric_limits<double>::infinity());
    if (name == "nodata") return nodata(begin);
    return lone_band(name, begin);
  }

  int call(std::string_view name, std::size_t begin) {
    for (const Function& f : kFunctions)
      if (f.name == name) return call(f, begin);
    std::vector<std::string> known;
    for (const Function& f : kFunctions)
      known.emplace_back(f.name);
    suggest(begin, fmt::format("there is no function '{}'", name), name, known);
  }
  int call(const Function& f, std::size_t begin) {
    ++at_;  // (
    int arguments[2] = {-1, -1};
    int count = 0;
    do {
      const int argument = conditional();
      if (++count > 2 && f.most < 0) {
        arguments[0] = add(f.op, arguments[0], arguments[1]);
        arguments[1] = argument;
      } else if (count <= 2) {
        arguments[count - 1] = argument;
      }
    } while (take(','));
    expect(')', "',' or ')'");
    if (count < f.least || (f.most >= 0 && count > f.most))
      fail(begin,
           fmt::format("{} takes {}{} argument{}, not {}", f.name, f.most < 0 ? "at least " : "",
                       f.least, f.least == 1 ? "" : "s", count));
    return add(f.op, arguments[0], arguments[1]);
  }

  int whole_input(int input, std::size_t begin) {
    const ImageInfo& info = inputs_[static_cast<std::size_t>(input)];
    const int channels = info.channels();
    if (channels == 1) return load(input, 0);
    const std::string& name = names_[static_cast<std::size_t>(input)];
    if (count_ > 1)
      fail(begin,
           fmt::format("'{}' has {} bands; where there are several formulas choose one, as in "
                       "{}[0] ({})",
                       name, channels, name, list_bands(info)));
    if (tree_.per_band > 0 && tree_.per_band != channels)
      fail(begin, fmt::format("'{}' has {} bands, '{}' has {}: both cannot go band by band", name,
                              channels, names_[static_cast<std::size_t>(tree_.per_band_input)],
                              tree_.per_band));
    if (tree_.per_band == 0) tree_.per_band = channels, tree_.per_band_input = input;
    return load(input, -1);
  }

  int chosen_band(int input) {
    ++at_;  // [
    const ImageInfo& info = inputs_[static_cast<std::size_t>(input)];
    const char c = peek();
    const std::size_t begin = at_;
    int band = -1;
    if (is_digit(c)) {
      std::int64_t n = 0;
      const auto [end, failure] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), n);
      at_ = static_cast<std::size_t>(end - text_.data());
      if (failure != std::errc{} || n >= info.channels())
        fail(begin, fmt::format("the bands of '{}' are {}", names_[static_cast<std::size_t>(input)],
                                list_bands(info)));
      band = static_cast<int>(n);
    } else if (c == '\'' || c == '"') {
      ++at_;
      const std::size_t close = text_.find(c, at_);
      if (close == std::string_view::npos) fail(begin, "the quote is not closed");
      const std::string_view name = text_.substr(at_, close - at_);
      at_ = close + 1;
      band = band_of(input, name, begin);
    } else if (starts_word(c)) {
      band = band_of(input, word(), begin);
    } else {
      unexpected("a band's number or name");
    }
    expect(']', "']'");
    return load(input, band);
  }

  int band_of(int input, std::string_view name, std::size_t begin) {
    const ImageInfo& info = inputs_[static_cast<std::size_t>(input)];
    const int found = called(info, name, begin);
    if (found < 0)
      fail(begin, fmt::format("there is no band '{}'; the bands of '{}' are {}{}", name,
                              names_[static_cast<std::size_t>(input)], list_bands(info),
                              did_you_mean(name, band_words(info))));
    return found;
  }
  int called(const ImageInfo& info, std::string_view name, std::size_t begin) {
    try {
      return band_called(info, name);
    } catch (const Error& e) {
      fail(begin, e.reason());
    }
  }

  /// A band's name alone, where it means one band of all inputs.
  int lone_band(std::string_view name, std::size_t begin) {
    int input = -1, band = -1;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const int found = called(inputs_[i], name, begin);
      if (found < 0) continue;
      if (input >= 0)
        fail(begin, fmt::format("two bands are called '{}'; write {}[{}] or {}[{}]", name,
                                names_[static_cast<std::size_t>(input)], band, names_[i], found));
      input = static_cast<int>(i), band = found;
    }
    if (input < 0) unknown(name, begin, "input or band");
    return load(input, band);
  }

  int nodata(std::size_t begin) {
    const ImageInfo& info = inputs_[0];
    for (const BandInfo& band : info.bands)
      if (!band.nodata)
        fail(begin, fmt::format("'{}' has no nodata value (band {})", names_[0],
                                &band - info.bands.data()));
    return add(Op::nodata, -1);
  }

  [[noreturn]] void unknown(std::string_view name, std::size_t begin, const char* what) {
    std::vector<std::string> known(names_.begin(), names_.end());
    for (const std::string_view w : kWords)
      known.emplace_back(w);
    for (const ImageInfo& info : inputs_)
      for (std::string& band : band_words(info))
        known.push_back(std::move(band));
    std::string inputs;
    for (const std::string& n : names_)
      inputs += (inputs.empty() ? "" : ", ") + n;
    suggest(begin,
            fmt::format("there is no {} '{}' (input{}: {})", what, name,
                        names_.size() > 1 ? "s" : "", inputs),
            name, known);
  }
  [[noreturn]] void suggest(std::size_t begin, const std::string& reason, std::string_view name,
                            std::span<const std::string> known) {
    fail(begin, reason + did_you_mean(name, known));
  }

  Tree& tree_;
  std::span<const ImageInfo> inputs_;
  std::span<const std::string> names_;
  std::size_t most_nodes_;
  std::string_view text_;
  std::size_t at_ = 0, index_ = 0, count_ = 1;
  int depth_ = 0;
  std::map<std::tuple<Op, int, int, int, std::uint64_t, int, int>, int> known_;
};

}  // namespace

Tree parse(std::span<const std::string> formulas, std::span<const ImageInfo> inputs,
           std::span<const std::string> names, std::size_t most_nodes) {
  Tree tree;
  Parser parser(tree, inputs, names, most_nodes);
  for (std::size_t i = 0; i < formulas.size(); ++i)
    parser.formula(formulas[i], i, formulas.size());
  return tree;
}

}  // namespace sluice::formula
