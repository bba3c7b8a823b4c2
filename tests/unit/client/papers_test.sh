#!/usr/bin/env bash
# papers_test.sh BUILD: what `cmake --install` puts down, the manual pages, and completion in each shell that is here.
set -euo pipefail
build=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export HOME=$place

fail() {
    echo "$1" >&2
    exit 1
}

DESTDIR=$place/tree cmake --install "$build" --prefix /usr > "$place/log"
for file in bin/shap bin/shapd share/man/man1/shap.1 share/man/man8/shapd.8 share/bash-completion/completions/shap \
    share/zsh/site-functions/_shap share/fish/vendor_completions.d/shap.fish; do
    [ -s "$place/tree/usr/$file" ] || fail "not installed: $file"
done
cd "$place/tree/usr"
PATH=$PWD/bin:$PATH

# A page holds every command and option, and roff has nothing to say about it.
while read -r noun; do
    grep -q "^\.SS shap $noun" share/man/man1/shap.1 || fail "shap(1) has no $noun"
done < <(shap completion words -- '' | cut -f 1)
grep -q -- '\\-\\-tls\\-cert FILE' share/man/man8/shapd.8 || fail "shapd(8) has no --tls-cert"
if command -v groff > /dev/null; then
    for page in share/man/man?/*; do
        [ -z "$(groff -ww -man -Tutf8 "$page" 2>&1 > /dev/null)" ] || fail "roff warns of $page"
    done
fi

# shellcheck disable=SC2016
offered=$(bash -euc '. share/bash-completion/completions/shap
    COMP_WORDS=(shap plan import --dr) COMP_CWORD=3
    _shap shap
    echo "${COMPREPLY[*]}"')
[ "$offered" = --dry-run ] || fail "bash offers \"$offered\""
if command -v zsh > /dev/null; then
    zsh -n share/zsh/site-functions/_shap
fi
if command -v fish > /dev/null; then
    offered=$(fish -c 'source share/fish/vendor_completions.d/shap.fish; complete -C "shap plan import --dr"')
    case $offered in --dry-run*) ;; *) fail "fish offers \"$offered\"" ;; esac
fi
echo "installed, documented, completed"
