// An inventory's file: it is refused with its place, or it is one that may be used.
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/inventory_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const core::Inventory inventory = restorectl::parse_inventory(text, "/inventory.yaml");
    fuzz::require(core::validate(inventory).empty(), "what was read may be used");
    fuzz::require(core::find_host(inventory, inventory.recovery_host) != nullptr, "it recovers");
  } catch (const restorectl::Failure& failure) {
    fuzz::require(restorectl::exit_of(failure.code) == restorectl::Exit::input,
                  "a bad file is bad input");
    fuzz::require(std::string_view(failure.what()).starts_with("/inventory.yaml:"), "the place");
    fuzz::require(fuzz::is_harmless(core::printable(failure.what())), "the words can be printed");
  }
  return 0;
}
