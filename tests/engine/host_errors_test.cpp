// The host's code throws: nothing but an Error comes out, with the place and what was thrown.
#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

enum class Where : std::uint8_t {
  nowhere,
  decode,
  rows,
  compute,
  scratch,
  encode,
  begin,
  store,
  finish,
  commit,
  start,
  add,
  merge,
  reduce,
  progress,
  planned,
  warning
};

// Not derived from std::exception, as in frameworks that have exceptions of their own.
struct HostFailure {
  int code = 0;
};

struct Throws {
  Where where = Where::nowhere;
  bool standard = false;
  void at(Where here) const {
    if (here != where) return;
    if (standard) throw std::out_of_range("gone");
    throw HostFailure{7};
  }
};

class ThrowingSource final : public Source {
 public:
  ThrowingSource(std::shared_ptr<const Source> inner, Throws throws, bool in_order)
      : Source(inner->info()), inner_(std::move(inner)), throws_(throws), in_order_(in_order) {}
  std::string name() const override { return "host's source"; }
  BlockGrid grid() const override {
    BlockGrid grid = inner_->grid();
    if (in_order_) grid.block_width = grid.image_width;
    return grid;
  }
  bool in_order() const override { return in_order_; }
  void decode(std::int64_t index, std::span<const ByteRange> ranges,
              std::span<const std::byte> bytes, const TileView& out,
              const CodecContext& context) const override {
    throws_.at(Where::decode);
    inner_->decode(index, ranges, bytes, out, context);
  }
  std::unique_ptr<RowDecoder> rows(const CodecContext&) const override {
    throws_.at(Where::rows);
    return nullptr;
  }

 private:
  std::shared_ptr<const Source> inner_;
  Throws throws_;
  bool in_order_;
};

class ThrowingOperation final : public Operation {
 public:
  ThrowingOperation(ImageInfo info, Throws throws) : Operation(std::move(info)), throws_(throws) {}
  std::int64_t scratch(std::int64_t, std::int64_t) const override {
    throws_.at(Where::scratch);
    return 0;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    throws_.at(Where::compute);
    copy_pixels(in[0], out, out.rect);
  }

 private:
  Throws throws_;
};

class ThrowingSink final : public Sink {
 public:
  ThrowingSink(ImageInfo info, Throws throws) : info_(std::move(info)), throws_(throws) {}
  std::string name() const override { return "host's sink"; }
  BlockGrid grid() const override { return {info_.width, info_.height, 64, 64}; }
  std::int64_t encoded_bound() const override { return 1; }
  void begin() override { throws_.at(Where::begin); }
  std::int64_t encode(std::int64_t, const TileView&, std::span<std::byte>,
                      const CodecContext&) const override {
    throws_.at(Where::encode);
    return 0;
  }
  void store(std::int64_t, std::span<const std::byte>) override { throws_.at(Where::store); }
  void finish() override { throws_.at(Where::finish); }
  void commit() override { throws_.at(Where::commit); }
  void abandon() noexcept override { abandoned = true; }
  std::int64_t bytes_written() const override { return 0; }

  bool abandoned = false;

 private:
  ImageInfo info_;
  Throws throws_;
};

class ThrowingReduction final : public Reduction {
 public:
  explicit ThrowingReduction(Throws throws) : throws_(throws) {}
  struct Nothing final : Accumulator {
    explicit Nothing(Throws t) : throws(t) {}
    void add(const TileView&, Isa) override { throws.at(Where::add); }
    void merge(const Accumulator&) override { throws.at(Where::merge); }
    Throws throws;
  };
  ReductionValues shape() const override { return {{{"none", {{}}}}}; }
  std::unique_ptr<Accumulator> start() const override {
    throws_.at(Where::start);
    return std::make_unique<Nothing>(throws_);
  }
  ReductionValues finish(const Accumulator&) const override {
    throws_.at(Where::reduce);
    return {{{"none", {{0}}}}};
  }
  std::int64_t accumulator_bytes() const override { return sizeof(Nothing); }

 private:
  Throws throws_;
};

struct Expected {
  Where where;
  const char* step;
  const char* file;
  const char* place;  ///< what it begins with
};

// Runs a graph that throws there, and checks what comes out of run().
void check_error(const Expected& expected, bool standard, int threads) {
  INFO("place " << static_cast<int>(expected.where) << ", standard " << standard << ", threads "
                << threads);
  const Throws throws{expected.where, standard};
  const Picture in = random_picture(make_info(300, 200, SampleType::u32, 1), 5);
  const auto graph = Graph::make();
  const Image read =
      add_source(graph, std::make_shared<ThrowingSource>(picture_source(in, 64, 48), throws,
                                                         expected.where == Where::rows));
  graph->set_place({"copy", "line 3"});
  const Image copy =
      add_operation("copy", read, std::make_shared<ThrowingOperation>(read.info(), throws));
  graph->set_place({"", ""});
  const auto sink = std::make_shared<ThrowingSink>(copy.info(), throws);
  add_sink("keep", copy, sink);
  add_reduction("count", copy, std::make_shared<ThrowingReduction>(throws));
  RunOptions options;
  options.threads = threads;
  options.progress = [&](const Progress&) { throws.at(Where::progress); };
  options.planned = [&](const Plan&) { throws.at(Where::planned); };
  options.warning = [&](const std::string&) { throws.at(Where::warning); };
  if (expected.where == Where::warning) options.threads = 1'000'000;
  const Error error = error_of([&] { run(*graph, options); });
  CHECK(error.kind() == ErrorKind::internal);
  CHECK(error.step() == expected.step);
  CHECK(error.file() == expected.file);
  CHECK(error.place().starts_with(expected.place));
  CHECK_THAT(error.reason(), contains(standard ? "threw std::out_of_range: gone" : "HostFailure"));
  REQUIRE(error.cause());
  if (standard)
    CHECK_THROWS_AS(std::rethrow_exception(error.cause()), std::out_of_range);
  else
    CHECK_THROWS_AS(std::rethrow_exception(error.cause()), HostFailure);
}

}  // namespace

TEST_CASE("what the host's code throws comes out of run() with its place", "[embedding]") {
  const bool standard = GENERATE(false, true);
  const int threads = GENERATE(1, 4);
  for (const Expected& expected : {
           Expected{Where::decode, "read", "host's source", ""},
           Expected{Where::rows, "read", "host's source", ""},
           Expected{Where::compute, "copy (line 3)", "", "unit "},
           Expected{Where::encode, "keep", "host's sink", "unit "},
           Expected{Where::begin, "keep", "host's sink", ""},
           Expected{Where::store, "keep", "host's sink", ""},
           Expected{Where::finish, "keep", "host's sink", ""},
           Expected{Where::commit, "keep", "host's sink", ""},
           Expected{Where::start, "count", "", ""},
           Expected{Where::add, "count", "", "unit "},
           Expected{Where::merge, "count", "", ""},
           Expected{Where::reduce, "count", "", ""},
           Expected{Where::progress, "", "", "the progress callback"},
           Expected{Where::planned, "", "", "the planned callback"},
           Expected{Where::warning, "", "", "the warning callback"},
       })
    check_error(expected, standard, threads);
}

TEST_CASE("plan() and read_region() let out nothing but an Error either", "[embedding]") {
  const auto graph = Graph::make();
  const Picture in = random_picture(make_info(300, 200, SampleType::u32, 1), 5);
  const Image read = add_source(graph, picture_source(in, 64, 48));
  const Image copy = add_operation(
      "copy", read,
      std::make_shared<ThrowingOperation>(read.info(), Throws{Where::scratch, false}));
  std::vector<std::byte> buffer(4096);
  CHECK(error_of([&] { read_region(copy, {0, 0, 8, 8}, buffer, 64); }).cause());
  add_reduction("count", copy, std::make_shared<ThrowingReduction>(Throws{}));
  const Error error = error_of([&] { plan(*graph); });
  CHECK(error.kind() == ErrorKind::internal);
  CHECK(error.cause());
}

TEST_CASE("a callback of bytes that throws is told with the name and the offset", "[embedding]") {
  const auto bytes =
      bytes_by_callback("object 17", 1000, [](std::int64_t, std::span<std::byte>) { throw 5; });
  std::byte buffer[8];
  const Error error = error_of([&] { bytes->read(40, buffer); });
  CHECK(std::string(error.what()) == "object 17: byte 40: threw int");
  CHECK_THROWS_AS(std::rethrow_exception(error.cause()), int);
  const auto refuses = bytes_by_callback("object 17", 1000, [](std::int64_t, std::span<std::byte>) {
    throw Error(ErrorKind::system, "the server is down");
  });
  const Error told = error_of([&] { refuses->read(40, buffer); });
  CHECK(told.kind() == ErrorKind::system);
  CHECK(std::string(told.what()) == "object 17: byte 40: the server is down");
  CHECK(!told.cause());
}
