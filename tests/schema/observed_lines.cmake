# Every line that a unit test makes is validated against docs/journal.schema.json: the linker sends
# journal::encode through observed_lines.cpp, which keeps lines; the test schema_of_all_lines comes after all others.
set(RESTORECTL_OBSERVED_LINES ${CMAKE_CURRENT_BINARY_DIR}/observed_lines)
set(RESTORECTL_ENCODE _ZN7journal6encodeB5cxx11ERKN4core6RecordESt17basic_string_viewIcSt11char_traitsIcEE)
set(SCHEMA_TESTS ${CMAKE_CURRENT_LIST_DIR})

add_test(NAME observed_lines_begin COMMAND sh -c "rm -rf '${RESTORECTL_OBSERVED_LINES}' && mkdir '${RESTORECTL_OBSERVED_LINES}'")
set_tests_properties(observed_lines_begin PROPERTIES LABELS unit FIXTURES_SETUP observed_lines)
add_test(NAME schema COMMAND /usr/bin/python3 -B ${SCHEMA_TESTS}/test_schema.py)
set_tests_properties(schema PROPERTIES LABELS unit)

# REQUIRES: called once, for all programs. Their tests are known to ctest only, so what depends on them is told there.
function(restorectl_observe_lines)
  set(depends "")
  foreach(program ${ARGN})
    target_sources(${program} PRIVATE ${SCHEMA_TESTS}/observed_lines.cpp)
    set_property(SOURCE ${SCHEMA_TESTS}/observed_lines.cpp
      PROPERTY COMPILE_DEFINITIONS RESTORECTL_ENCODE="${RESTORECTL_ENCODE}")
    target_link_options(${program} PRIVATE -Wl,--wrap=${RESTORECTL_ENCODE})
    string(APPEND depends "\${${program}_TESTS};")
  endforeach()
  string(REPLACE ";" " " programs "${ARGN}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/schema_of_all_lines.cmake
    "add_test(schema_of_all_lines /usr/bin/python3 -B ${SCHEMA_TESTS}/check_observed.py ${RESTORECTL_OBSERVED_LINES} ${programs})\n"
    "set_tests_properties(schema_of_all_lines PROPERTIES LABELS unit DEPENDS \"${depends}\")\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/schema_of_all_lines.cmake)
endfunction()
