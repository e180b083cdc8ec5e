# Shared by setup, run and test: one-line faults, stamps, and steps whose failure is explained. Sourced, not run.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
LOGS=$ROOT/var/log
STAMPS=$ROOT/var/stamps
export PATH="$ROOT/.venv/bin:$ROOT/.tools/bin:$PATH"

# fault CHINESE ENGLISH: the one line a person needs, then the end.
fault() {
    echo "✗ $1 / $2" >&2
    exit 1
}

say() {
    echo "· $*"
}

# Words by which apt, pip, uv and npm say that there is no network.
NETWORK='Temporary failure|Could not resolve|Connection refused|onnection reset|unreachable|timed out|dns error|error sending request|tcp connect error|Failed to fetch|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|Failed to establish|Max retries|Network is|Unable to fetch|Could not find a version|Could not connect'

# step NAME COMMAND...: run quietly; on failure tell a missing network from anything else.
step() {
    local name=$1 log="$LOGS/setup-$1.log" started=$SECONDS
    shift
    mkdir -p "$LOGS"
    if "$@" >"$log" 2>&1 </dev/null; then
        say "$name ($((SECONDS - started)) s)"
        return 0
    fi
    if grep -qE 'No space left|ENOSPC' "$log"; then
        fault "磁盘已满，步骤 $name 没有完成，请清理后再试。" "Disk full during step $name; free some space and try again."
    elif grep -qE "$NETWORK" "$log"; then
        fault "没有网络，步骤 $name 需要下载，请检查网络后再试（详见 $log）。" \
            "No network: step $name has to download; check the connection and try again (details in $log)."
    fi
    fault "步骤 $name 失败，详见 $log。" "Step $name failed, see $log: $(grep -v '^ *$' "$log" | tail -n 1 | cut -c1-160)"
}

# fingerprint FILE...: one word that changes when any of the files changes.
fingerprint() {
    cat "$@" 2>/dev/null | sha256sum | cut -c1-16
}

# done_before NAME WORD: whether step NAME was finished with the same input.
done_before() {
    [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]
}

# stamp NAME WORD: remember that it was.
stamp() {
    mkdir -p "$STAMPS"
    echo "$2" >"$STAMPS/$1"
}
