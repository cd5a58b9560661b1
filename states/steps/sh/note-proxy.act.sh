# The API has the proxy settings in force. If it is down, so has the file that the machine-config
# operator writes on every host (source: openshift/machine-config-operator).
umask 077
mkdir -p "$directory"
{
  if document=$(api get proxy cluster -o json 2>/dev/null); then
    echo '# source: the API'
    printf '%s' "$document" | jq -r '(.status // {}) as $now | (.spec // {}) as $wanted |
      "HTTP_PROXY=\($now.httpProxy // $wanted.httpProxy // "")",
      "HTTPS_PROXY=\($now.httpsProxy // $wanted.httpsProxy // "")",
      "NO_PROXY=\($now.noProxy // $wanted.noProxy // "")"'
  elif [ -r /etc/mco/proxy.env ]; then
    echo '# source: /etc/mco/proxy.env, since the API does not answer'
    sed -n '/^\(HTTP_PROXY\|HTTPS_PROXY\|NO_PROXY\)=/p' /etc/mco/proxy.env
  else
    echo '# source: none, since the API does not answer'
  fi
} > "$file.new"
sync "$file.new" && mv -T "$file.new" "$file" && sync "$directory"
