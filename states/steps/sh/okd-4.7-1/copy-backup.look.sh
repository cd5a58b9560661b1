@files@[ ! -d @directory@ ] || printf 'files=%s\n' "$(find @directory@ -mindepth 1 -name '[!.]*' | wc -l)"
