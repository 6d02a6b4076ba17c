#!/bin/sh
# seedgit hook: @ABOUT@
@FUNCTIONS@
status=127
test -x @PYTHON@ && test -f @PROGRAM@ && {
    test "$1" != --probe && { @IDLE@; } 2>/dev/null && exit 0
    @PYTHON@ -I @PROGRAM@ hook @NAME@ "$@"
    status=$?
}
case $status in
0 | 3 | 4 | 5 | 70 | 130) exit 0 ;;
1) @PYTHON@ -I -c "" 2>/dev/null && exit 0 ;;
esac

# seedgit did not run. git alone says now which mode counts, as seedgit/mode.py decides it.
@MODE@
@GONE@
test "$mode" = off || echo "seedgit: the @NAME@ hook did nothing: $gone. @MEND@" >&2
exit 0
