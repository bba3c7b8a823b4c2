# Writes sql/ as C: cmake -D SQL_DIR=... -D OUTPUT=... -P embed_sql.cmake
# sql/order has a line for each file: the role it is run as ("-": the administrator), and its path.
file(STRINGS ${SQL_DIR}/order lines)
set(arrays "")
set(rows "")
set(index 0)

macro(embed path role)
  file(READ ${SQL_DIR}/${path} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " hex "${hex}")
  string(REGEX REPLACE " \n" "\n" hex "${hex}")
  string(APPEND arrays "static const unsigned char file_${index}[] = {\n    ${hex}0x00};\n")
  set(number 0)
  if(${path} MATCHES "^schema/0*([1-9][0-9]*)_")
    set(number ${CMAKE_MATCH_1})
  endif()
  set(quoted "\"${role}\"")
  if(${role} STREQUAL "-")
    set(quoted "NULL")
  endif()
  set(row "{\"${path}\", ${quoted}, ${number}, file_${index}, sizeof file_${index} - 1}")
  math(EXPR index "${index} + 1")
endmacro()

foreach(line IN LISTS lines)
  if(line MATCHES "^([^# ]+) +([^ ]+)$")
    embed(${CMAKE_MATCH_2} ${CMAKE_MATCH_1})
    string(APPEND rows "    ${row},\n")
  endif()
endforeach()
embed(check.sql -)

file(WRITE ${OUTPUT} "#include \"server/sql_files.h\"

${arrays}
const struct sql_file sql_files[] = {
${rows}};
const size_t sql_n_files = sizeof sql_files / sizeof *sql_files;
const struct sql_file sql_check = ${row};
")
