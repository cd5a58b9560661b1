// docs: the parts of the documentation that are printed from the tables.
#include <fmt/format.h>

#include "states/table_export.hpp"
#include "tools/restorectl/verbs.hpp"

namespace restorectl {

void add_docs(CLI::App& app, Action& chosen) {
  auto what = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("docs", "Print docs/diagrams.md, the table of steps, or the tables' text");
  verb->add_option("what", *what, "diagrams, steps or tables")
      ->required()
      ->check(CLI::IsMember({"diagrams", "steps", "tables"}));
  verb->callback([what, &chosen] {
    chosen = [what] {
      const std::string text = *what == "diagrams" ? states::diagrams_markdown()
                               : *what == "steps"  ? states::steps_markdown()
                                                   : states::tables_text();
      fmt::print("{}", text);
      return Exit::done;
    };
  });
}

}  // namespace restorectl
