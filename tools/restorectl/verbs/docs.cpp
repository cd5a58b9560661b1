// docs: the parts of the documentation that are printed from the tables.
#include <fmt/format.h>

#include "journal/format/schema.hpp"
#include "states/print/decision_text.hpp"
#include "states/print/promela.hpp"
#include "states/print/table_export.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

void add_docs(Verb app) {
  auto what = std::make_shared<std::string>();
  Verb verb = app.verb("docs",
                       "Print docs/diagrams.md, the table of steps, the content of the profile "
                       "digest, the Promela model, or the JSON Schema of journal lines");
  verb.option("what", *what, "diagrams, steps, tables, promela or schema")
      .required()
      .one_of({"diagrams", "steps", "tables", "promela", "schema"});
  verb.does([what] {
    const states::Profile& profile = states::newest_profile();
    const std::string text = *what == "diagrams" ? states::diagrams_markdown(profile)
                             : *what == "steps"  ? states::steps_markdown(profile)
                             : *what == "schema" ? journal::schema_json()
                             : *what == "promela"
                                 ? states::promela_model(states::model_source(profile))
                                 : states::decision_text(profile);
    fmt::print("{}", text);
    return Exit::done;
  });
}

}  // namespace restorectl
