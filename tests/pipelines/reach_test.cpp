// What the operations of every registered step declare of their reach is what they do.
#include <cstring>
#include <map>
#include <set>

#include "pipelines/registry.hpp"
#include "steps/trial.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Place {
  std::int64_t x, y;
};

/// One node of a trial, with the pixels of its inputs and its own.
struct Tried {
  const Operation& operation;
  std::vector<Picture> inputs;
  const Picture& result;
  Random& random;

  Reach reach() const { return operation.traits().reach; }
  Picture compute(std::span<const Picture> from) const {
    return apply(operation, from, best_isa(), 1 << 20, 1 << 20);
  }
};

/// Another sample: of an integer another value, of a float another finite one.
void change_sample(Picture& picture, int c, const Place& at) {
  const double old = picture.get(c, at.x, at.y);
  picture.set(c, at.x, at.y, old == 3 ? 90 : 3);
}

/// Calls each(c, x, y) for every sample of both that differs.
template <class Each>
void each_difference(const Picture& a, const Picture& b, const Each& each) {
  const std::size_t bytes = size_of(a.info.type);
  for (int c = 0; c < a.channels(); ++c)
    for (std::int64_t y = 0; y < a.height(); ++y)
      for (std::int64_t x = 0; x < a.width(); ++x) {
        const std::size_t i = a.index(c, x, y) * bytes;
        if (std::memcmp(a.samples.data() + i, b.samples.data() + i, bytes) != 0) each(c, x, y);
      }
}

// A sample changes: what changes in the result lies within the reach, and validity does not change.
void check_sample(const Tried& tried) {
  for (std::size_t i = 0; i < tried.inputs.size(); ++i) {
    std::vector<Picture> changed = tried.inputs;
    const ImageInfo& info = changed[i].info;
    const int channel = static_cast<int>(tried.random.between(0, info.channels() - 1));
    const Place at{tried.random.between(0, info.width - 1),
                   tried.random.between(0, info.height - 1)};
    change_sample(changed[i], channel, at);
    int outside = 0;
    const Picture after = tried.compute(changed);
    each_difference(tried.result, after, [&](int c, std::int64_t x, std::int64_t y) {
      if (in_same_place(tried.reach()) && (x != at.x || y != at.y)) ++outside;
      if (by_channel(tried.reach()) && c != channel) ++outside;
    });
    CHECK(outside == 0);
    if (by_channel(tried.reach())) CHECK(after.validity == tried.result.validity);
  }
}

// `sample` promises that validity is passed on, and looks at neither it nor the coordinates.
void check_sample_alone(const Tried& tried) {
  std::vector<Picture> changed = tried.inputs;
  CHECK(tried.result.validity == changed[0].validity);
  for (std::uint8_t& v : changed[0].validity)
    v = static_cast<std::uint8_t>(255 - v);
  Picture after = tried.compute(changed);
  CHECK(after.validity == changed[0].validity);
  int differences = 0;
  each_difference(tried.result, after, [&](int, std::int64_t, std::int64_t) { ++differences; });
  CHECK(differences == 0);
  // Equal samples everywhere give equal results.
  const ImageInfo& info = changed[0].info;
  for (int c = 0; c < info.channels(); ++c)
    for (std::int64_t y = 0; y < info.height; ++y)
      for (std::int64_t x = 0; x < info.width; ++x)
        changed[0].set(c, x, y, 5 + c);
  after = tried.compute(changed);
  const std::size_t bytes = size_of(after.info.type);
  for (int c = 0; c < info.channels(); ++c)
    for (std::size_t i = after.index(c, 0, 0); i < after.index(c + 1, 0, 0); ++i)
      differences += std::memcmp(after.samples.data() + i * bytes,
                                 after.samples.data() + after.index(c, 0, 0) * bytes, bytes) != 0;
  CHECK(differences == 0);
}

void check_needs(const Tried& tried) {
  const ImageInfo& info = tried.operation.info();
  for (int i = 0; i < 5; ++i) {
    const std::int64_t x = tried.random.between(0, info.width - 1);
    const std::int64_t y = tried.random.between(0, info.height - 1);
    const Rect rect{x, y, tried.random.between(1, info.width - x),
                    tried.random.between(1, info.height - y)};
    for (std::size_t k = 0; k < tried.inputs.size(); ++k)
      CHECK(tried.operation.needs(static_cast<int>(k), rect) == rect);
  }
}

// A result that shows its input elsewhere.
void check_moved(const Tried& tried) {
  const ImageInfo& info = tried.operation.info();
  const Picture& from = tried.inputs[0];
  for (int i = 0; i < 20; ++i) {
    const Place at{tried.random.between(0, info.width - 1),
                   tried.random.between(0, info.height - 1)};
    const Rect need = tried.operation.needs(0, {at.x, at.y, 1, 1});
    if (intersect(need, from.info.rect()) != need) continue;  // beyond the edge
    for (int c = 0; c < info.channels(); ++c)
      CHECK(std::memcmp(tried.result.samples.data() +
                            tried.result.index(c, at.x, at.y) * size_of(info.type),
                        from.samples.data() + from.index(c, need.x, need.y) * size_of(info.type),
                        size_of(info.type)) == 0);
  }
}

void check(const Tried& tried) {
  if (tried.reach() == Reach::any) return;
  check_sample(tried);
  if (in_same_place(tried.reach())) check_needs(tried);
  if (tried.reach() == Reach::sample) check_sample_alone(tried);
  if (tried.reach() == Reach::moved) check_moved(tried);
}

}  // namespace

TEST_CASE("no operation reaches further than it declares", "[reach]") {
  std::map<Reach, std::set<std::string>> declared;
  for (const Rule& rule : all_rules()) {
    if (!rule.plain) continue;
    int tried = 0;
    for (int t = 0; t < kSampleTypes; ++t)
      for (std::uint64_t i = 0; i < 2; ++i) {
        Random random(2000 + 10 * static_cast<std::uint64_t>(t) + i);
        std::optional<Trial> trial = try_step(rule, random, static_cast<SampleType>(t));
        if (!trial) continue;
        const Graph& graph = trial->image.graph();
        std::map<NodeId, Picture> known = trial->sources;
        apply_graph(graph, trial->image.node(), known, {});
        for (const auto& [id, picture] : known) {
          const Node& node = graph.node(id);
          if (!node.operation) continue;
          std::vector<Picture> inputs;
          for (const NodeId input : node.inputs)
            inputs.push_back(known.at(input));
          INFO(trial->text);
          check({*node.operation, std::move(inputs), picture, random});
          declared[node.operation->traits().reach].insert(rule.step);
          ++tried;
        }
      }
    INFO(rule.step);
    CHECK(tried > 0);
  }
  // The test has seen all there are.
  for (const Reach reach : {Reach::sample, Reach::pixel, Reach::channel, Reach::moved, Reach::any})
    CHECK(!declared[reach].empty());
}
