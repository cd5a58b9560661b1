@api@api @adm@certificate approve@names@
