// docs: the parts of the documentation that are printed from the tables.
#include <fmt/format.h>

#include "states/promela.hpp"
#include "states/table_export.hpp"
#include "tools/restorectl/verbs.hpp"

namespace restorectl {

void add_docs(CLI::App& app, Action& chosen) {
  auto what = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand(
      "docs",
      "Print docs/diagrams.md, the table of steps, the tables' text, or the checker's model");
  verb->add_option("what", *what, "diagrams, steps, tables or promela")
      ->required()
      ->check(CLI::IsMember({"diagrams", "steps", "tables", "promela"}));
  verb->callback([what, &chosen] {
    chosen = [what] {
      const std::string text = *what == "diagrams"  ? states::diagrams_markdown()
                               : *what == "steps"   ? states::steps_markdown()
                               : *what == "promela" ? states::promela_model(states::model_source())
                                                    : states::tables_text();
      fmt::print("{}", text);
      return Exit::done;
    };
  });
}

}  // namespace restorectl
