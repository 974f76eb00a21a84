#!/bin/sh
# Sign the program (where a certificate is named) and put it into a disk image with a link to Applications.
#   make_dmg.sh LeukoScope.app TARGET.dmg
# LEUKOSCOPE_SIGNING_IDENTITY   name of a Developer ID certificate in the keychain; without it: signed ad hoc
# LEUKOSCOPE_NOTARY_PROFILE     profile that notarytool keeps in the keychain; without it: not notarized
set -eu
app=$1
image=$2
here=$(cd "$(dirname "$0")" && pwd)
identity=${LEUKOSCOPE_SIGNING_IDENTITY:--}
if [ "$identity" = - ]; then stamp="--timestamp=none"; else stamp="--timestamp"; fi

# Inside out: every library first, then the programs, then the whole.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
  xargs -0 -n 50 codesign --force --options runtime "$stamp" --sign "$identity"
for program in "$app"/Contents/MacOS/*; do
  codesign --force --options runtime "$stamp" --entitlements "$here/entitlements.plist" --sign "$identity" "$program"
done
codesign --force --options runtime "$stamp" --entitlements "$here/entitlements.plist" --sign "$identity" "$app"
codesign --verify --deep --strict "$app"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/LeukoScope.app"
ln -s /Applications "$folder/Applications"
rm -f "$image"
hdiutil create -quiet -volname LeukoScope -srcfolder "$folder" -fs HFS+ -format ULMO "$image"
if [ -n "${LEUKOSCOPE_NOTARY_PROFILE:-}" ]; then
  xcrun notarytool submit "$image" --keychain-profile "$LEUKOSCOPE_NOTARY_PROFILE" --wait
  xcrun stapler staple "$image"
fi
