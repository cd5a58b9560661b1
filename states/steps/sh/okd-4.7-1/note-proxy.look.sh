[ -e @file@ ] || { echo kept=no; exit 0; }
echo kept=yes
sed 's#://[^/@]*@#://***@#' @file@
