#!/bin/sh
# LeukoScope @VERSION@: installs itself for this user, without root. Run it with --help for more.
set -eu
data="${XDG_DATA_HOME:-$HOME/.local/share}"
place="$data/leukoscope-program"
bin="$HOME/.local/bin"
mode=install
while [ $# -gt 0 ]; do
  case "$1" in
    --help)
      cat <<HELP
sh $0                  install for this user into $place
sh $0 --into DIR       put the program's folder somewhere else
sh $0 --extract DIR    only unpack the program's folder into DIR
sh $0 --uninstall      remove the program; cases and models stay
HELP
      exit 0 ;;
    --into) place=$(mkdir -p "$2" && cd "$2" && pwd)/leukoscope-program; shift ;;
    --extract) mode=extract; place=$(mkdir -p "$2" && cd "$2" && pwd)/leukoscope; shift ;;
    --uninstall) mode=uninstall ;;
    *) echo "Unknown word $1; try --help." >&2; exit 2 ;;
  esac
  shift
done

refresh() {
  command -v update-desktop-database >/dev/null && update-desktop-database -q "$data/applications" || true
  command -v update-mime-database >/dev/null && update-mime-database "$data/mime" >/dev/null 2>&1 || true
}

if [ "$mode" = uninstall ]; then
  list="$data/leukoscope-program.files"
  if [ ! -f "$list" ]; then echo "LeukoScope is not installed for this user." >&2; exit 1; fi
  while IFS= read -r file; do rm -rf "$file"; done < "$list"
  rm -f "$list"
  refresh
  echo "LeukoScope is removed; your cases and models stay where they are."
  exit 0
fi

command -v xz >/dev/null || { echo "Install the package xz-utils, then run this again." >&2; exit 1; }
part="$place.part"
rm -rf "$part"
mkdir -p "$part"
echo "Unpacking LeukoScope @VERSION@ ..."
tail -n +@LINES@ "$0" | xz -dc | tar -x -C "$part" -f -
old="$place.old"
rm -rf "$old"
if [ -e "$place" ]; then mv "$place" "$old"; fi
mv "$part/opt/leukoscope" "$place"
rm -rf "$old"
if [ "$mode" = extract ]; then
  rm -rf "$part"
  echo "Done: $place/leukoscope-window"
  exit 0
fi

mkdir -p "$bin" "$data/applications" "$data/mime/packages"
: > "$data/leukoscope-program.files"
remember() { printf '%s\n' "$1" >> "$data/leukoscope-program.files"; }
remember "$place"
for name in leukoscope leukoscope-window; do
  ln -sf "$place/$name" "$bin/$name"
  remember "$bin/$name"
done
sed "s|^Exec=.*|Exec=\"$place/leukoscope-window\" %F|" "$part/usr/share/applications/leukoscope.desktop" \
  > "$data/applications/leukoscope.desktop"
remember "$data/applications/leukoscope.desktop"
cp "$part/usr/share/mime/packages/leukoscope.xml" "$data/mime/packages/leukoscope.xml"
remember "$data/mime/packages/leukoscope.xml"
for icon in "$part"/usr/share/icons/hicolor/*/apps/leukoscope.png; do
  kept="$data/icons/hicolor/${icon#"$part"/usr/share/icons/hicolor/}"
  mkdir -p "$(dirname "$kept")"
  cp "$icon" "$kept"
  remember "$kept"
done
rm -rf "$part"
refresh
echo "Done. Start LeukoScope from the menu, or with: $place/leukoscope-window"
exit 0
