# Makes a .cpp with files' texts as constants: cmake -DOUT=… -DNAMESPACE=… -DFILES="a;b" -P embed.cmake
# Each becomes `const char k<Name>[]`, named by its file name with the dot left out: page.css is kPagecss.
set(text "// Made by cmake/embed.cmake; the files themselves are what is edited.\nnamespace ${NAMESPACE} {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REPLACE "." "" name ${name})
  string(SUBSTRING ${name} 0 1 head)
  string(SUBSTRING ${name} 1 -1 tail)
  string(TOUPPER ${head} head)
  file(READ ${file} content)
  string(APPEND text "extern const char k${head}${tail}[];\nconst char k${head}${tail}[] = R\"~~~~(${content})~~~~\";\n")
endforeach()
string(APPEND text "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUT} "${text}")
