# Writes a file as C: cmake -D INPUT=... -D HEADER=... -D NAME=... -D OUTPUT=... -P embed_file.cmake
# HEADER declares `const unsigned char NAME[]` and `const size_t NAME_len`.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " hex "${hex}")
string(REGEX REPLACE " \n" "\n" hex "${hex}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

const unsigned char ${NAME}[] = {
    ${hex}
};
const size_t ${NAME}_len = sizeof ${NAME};
")
