// XML inside tags, read from front to back: OME's description, GDAL's metadata.
#pragma once

#include <string>
#include <string_view>

namespace sluice::tiff {

/// The attributes of one element. Valid during the call that is given them.
class XmlAttributes {
 public:
  /// `pairs`: name, value, name, value, ..., null.
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  /// The value in UTF-8, "" when there is no such attribute.
  std::string_view value(std::string_view name) const;

 private:
  const char** pairs_;
};

/// Is told of an XML text piece by piece. Names come without the prefix of their name space, texts
/// in UTF-8 and one text perhaps in several pieces.
class XmlVisitor {
 public:
  virtual ~XmlVisitor() = default;
  /// Returns false to end the reading: what is wanted has been found.
  virtual bool begin(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void text(std::string_view text) { (void)text; }
  virtual void end(std::string_view name) { (void)name; }
};

/// Reads a text up to the end of its first element, in time in proportion to its length and with at
/// most limit::kXmlBytes of memory whatever it holds. A text that is no UTF-8 is taken as Latin-1.
/// Returns why it could not be read to the end, "" when it could or the visitor ended it. No
/// document types: nothing is expanded or fetched.
std::string read_xml(std::string_view text, XmlVisitor& visitor);

}  // namespace sluice::tiff
