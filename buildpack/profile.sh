# dynodrop and the programs that it needs are on PATH; nothing is started here.
# shellcheck shell=sh
export PATH="$PATH:$HOME/.dynodrop/bin"
