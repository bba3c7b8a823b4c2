# Makes the manual page shapd(8) of what `shapd --help` prints. SHAPD: the program. VERSION. OUTPUT: the page.
execute_process(COMMAND ${SHAPD} --help OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\\" "\\e" help "${help}")
string(REPLACE "-" "\\-" help "${help}")
file(WRITE ${OUTPUT} ".TH SHAPD 8 \"\" \"shapd ${VERSION}\" \"System Administration\"
.SH NAME
shapd \\- the server of shared action plans
.SH DESCRIPTION
.nf
${help}.fi
.SH SEE ALSO
shap(1)
")
