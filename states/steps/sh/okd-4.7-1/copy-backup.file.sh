[ ! -e @path@ ] || printf '%s=%s\n' @name@ "$(digest < @path@ | cut -c 1-64)"
