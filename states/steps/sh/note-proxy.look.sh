# Proxy URLs can carry passwords: they are kept in a root-only file on the host and shown without.
[ -e "$file" ] || { echo kept=no; exit 0; }
echo kept=yes
sed 's#://[^/@]*@#://***@#' "$file"
