# Makes a .cpp with the texts of a folder's files, by their paths below it without the extension, sorted:
# cmake -DOUT=… -DNAMESPACE=… -DNAME=kTable -DFOLDER=… -DFILES="a.sh;b/c.sh" -P embed_folder.cmake
# The table is `extern const std::pair<std::string_view, std::string_view> kTable[]`; its last row is empty.
set(rows "")
foreach(file IN LISTS FILES)
  file(RELATIVE_PATH name ${FOLDER} ${file})
  string(REGEX REPLACE "\\.[^.]*$" "" name ${name})
  file(READ ${file} content)
  string(APPEND rows "    {\"${name}\", R\"~~~~(${content})~~~~\"},\n")
endforeach()
set(type "const std::pair<std::string_view, std::string_view> ${NAME}[]")
file(WRITE ${OUT} "// Made by cmake/embed_folder.cmake; the files themselves are what is edited.
#include <string_view>
#include <utility>
namespace ${NAMESPACE} {
extern ${type};
${type} = {
${rows}    {}};
}  // namespace ${NAMESPACE}
")
