# snac2, a small real server of the Fediverse that speaks an awkward dialect of Mastodon's API.
#   install FOLDER          from the package of Debian trixie, unpacked, not installed
#   run FOLDER PORT DATA    serves with the accounts brand and cust; their passwords are in DATA/brand and DATA/cust
set -eu
command=$1; folder=$2
snac=$folder/root/usr/bin/snac

if [ "$command" = install ]; then
  [ -x "$snac" ] && "$snac" 2>&1 | grep -q snac && exit 0
  echo "Installing snac2 from Debian trixie into $folder ..."
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  apt=$folder/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} trixie main" \
    > "$apt/sources.list"
  cd "$folder"
  set -- -qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root
  apt-get "$@" update
  apt-get "$@" download snac2
  dpkg -x snac2_*.deb root
  rm -rf "$apt" snac2_*.deb
  exit 0
fi

port=$3; data=$4
[ -d "$data/snac" ] && exec "$snac" httpd "$data/snac"
printf '127.0.0.1\n%s\nlocalhost:%s\n\n\n' "$port" "$port" | "$snac" init "$data/snac" > /dev/null
# Nobody has a certificate here.
sed -i 's/"protocol": "https"/"protocol": "http"/' "$data/snac/server.json"
for user in brand cust; do
  "$snac" adduser "$data/snac" $user < /dev/null 2>&1 | awk '/password/ { print $4 }' > "$data/$user"
done
exec "$snac" httpd "$data/snac"
