# mastodon_mock, a server with Mastodon's API, OAuth and faults on demand, by the author of other tools for Mastodon.
#   install FOLDER          from PyPI, in a virtual environment of its own
#   run FOLDER PORT DATA    serves with the accounts brand and cust, whose tokens are brand-token and cust-token
set -eu
command=$1; folder=$2
version=0.6.1

if [ "$command" = install ]; then
  [ -e "$folder/$version" ] && exit 0
  echo "Installing mastodon_mock $version from PyPI into $folder ..."
  rm -rf "$folder"
  "${PYTHON:-python3}" -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "mastodon_mock==$version"
  touch "$folder/$version"
  exit 0
fi

port=$3; data=$4
cat > "$data/settings.toml" <<END
[database]
path = ":memory:"
[server]
host = "127.0.0.1"
port = $port
[[seed.accounts]]
username = "brand"
access_token = "brand-token"
[[seed.accounts]]
username = "cust"
access_token = "cust-token"
END
cd "$data"
exec "$folder/bin/mastodon_mock" serve --config "$data/settings.toml" --log-level warning
