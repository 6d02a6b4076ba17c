#!/bin/sh
# seedgit hook: @ABOUT@
@FIRST@
@FUNCTIONS@
status=127
test -x @PYTHON@ && test -f @PROGRAM@ && {
    test "$1" != --probe && { @IDLE@; } 2>/dev/null && exit 0
    @BY@=$PPID
    export @BY@
    @PYTHON@ -I @PROGRAM@ hook @NAME@ "$@"
    status=$?
}
case $status in
0 | 3 | 4 | 5 | 70 | 130) exit $status ;;
1) @PYTHON@ -I -c "" 2>/dev/null && exit 1 ;;
esac

# seedgit did not run. git alone says now which mode counts, as seedgit/mode.py decides it.
@MODE@
@GONE@
said="seedgit: the @NAME@ hook checked nothing: $gone"
case $mode in
off) exit 0 ;;
dry-run) echo "$said; in dry-run the commit goes on. @MEND@" >&2; exit 0 ;;
esac
{
    echo "$said, so the commit is refused. What to do:"
    echo "  seedgit doctor --fix       where seedgit is installed again: puts hooks and driver right"
    echo "  git commit --no-verify     commit this once, unchecked"
    names=
    for name in @NAMES@; do
        test -f "${0%/*}/$name" && { read -r _ && read -r sign; } <"${0%/*}/$name" || continue
        case $sign in "# seedgit hook: "*) names="$names $name" ;; esac
    done
    out='git config --remove-section merge.seedgit; (cd "$(git rev-parse --git-path hooks)" && rm -f'
    echo "  $out$names)"
    echo "                             take seedgit out of this clone; overlays stay"
} >&2
exit 1
