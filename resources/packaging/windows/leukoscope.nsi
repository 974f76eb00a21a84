; The Windows installer. make_package.py gives PROGRAM, TARGET, VERSION, NUMBERS, KILOBYTES, ICON and PICTURE.
;
;   setup.exe                     asks: for everybody (needs an administrator) or for this user only
;   setup.exe /S /CurrentUser     silent, for this user, no administrator
;   setup.exe /S /AllUsers        silent, for everybody
;   setup.exe /S /D=C:\Path       silent, somewhere else (always the last word, without quotation marks)
;
; Exit codes: 0 done, 1 cancelled by a person, 2 stopped half-way (disk full, a file in use), 3 this Windows is too old,
; 4 LeukoScope is open.
;
; Cases, imported models and settings lie in the user's AppData and are never touched, neither by an upgrade nor by
; the uninstaller. The Visual C++ runtime lies in the program's own folder (_internal); the universal C runtime belongs
; to Windows 10.

; Debian's NSIS makes a setup of 64 bits; NSIS from its makers has the parts for 32 bits only.
!ifdef SIXTY_FOUR
  Target amd64-unicode
!endif
Unicode true
!ifdef FAST
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif
ManifestDPIAware true
ManifestLongPathAware true
; A file that cannot be written ends it: half a program judges nothing.
AllowSkipFiles off

!define NAME "LeukoScope"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define CLASS "LeukoScope.Model"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "Software\${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "Folder"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "Software\${NAME}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "Folder"
!define MULTIUSER_USE_PROGRAMFILES64
!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include x64.nsh
!include LogicLib.nsh
!include WinVer.nsh

Name "${NAME}"
OutFile "${TARGET}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${NUMBERS}"
VIAddVersionKey FileDescription "${NAME} setup"
VIAddVersionKey LegalCopyright "See the folder licenses"
BrandingText "${NAME} ${VERSION}. $(Purpose)"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PICTURE}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\leukoscope-window.exe"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Spanish"

LangString Purpose ${LANG_ENGLISH} "For research and evaluation; not a medical device."
LangString Purpose ${LANG_GERMAN} "Für Forschung und Erprobung; kein Medizinprodukt."
LangString Purpose ${LANG_FRENCH} "Pour la recherche et l’évaluation ; pas un dispositif médical."
LangString Purpose ${LANG_SPANISH} "Para investigación y evaluación; no es un producto sanitario."
LangString TooOld ${LANG_ENGLISH} "LeukoScope needs a 64-bit Windows 10 (1809) or newer."
LangString TooOld ${LANG_GERMAN} "LeukoScope braucht ein 64-Bit-Windows 10 (1809) oder neuer."
LangString TooOld ${LANG_FRENCH} "LeukoScope nécessite Windows 10 (1809) 64 bits ou plus récent."
LangString TooOld ${LANG_SPANISH} "LeukoScope necesita Windows 10 (1809) de 64 bits o posterior."
LangString IsOpen ${LANG_ENGLISH} "LeukoScope is open. Close it, then run this again."
LangString IsOpen ${LANG_GERMAN} "LeukoScope ist geöffnet. Schließen Sie es und starten Sie dies noch einmal."
LangString IsOpen ${LANG_FRENCH} "LeukoScope est ouvert. Fermez-le, puis relancez ce programme."
LangString IsOpen ${LANG_SPANISH} "LeukoScope está abierto. Ciérrelo y vuelva a ejecutar esto."

Var Named

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastBuild} 17763
    MessageBox MB_ICONSTOP "$(TooOld)" /SD IDOK
    SetErrorLevel 3
    Quit
  ${EndIf}
  SetRegView 64
  ; MultiUser proposes a folder of its own even where /D= named one.
  StrCpy $Named $INSTDIR
  !insertmacro MULTIUSER_INIT
  ${If} $Named != ""
    StrCpy $INSTDIR $Named
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; A program that runs keeps its files: say so instead of leaving half of the new version.
!macro STOP_IF_RUNS PROGRAM
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\${PROGRAM}.exe" a
    ${If} ${Errors}
      MessageBox MB_ICONEXCLAMATION "$(IsOpen)" /SD IDOK
      SetErrorLevel 4
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend
!macro STOP_IF_RUNNING
  !insertmacro STOP_IF_RUNS leukoscope-window
  !insertmacro STOP_IF_RUNS leukoscope
  !insertmacro STOP_IF_RUNS leukoscope-importer
!macroend

Section "Program"
  !insertmacro STOP_IF_RUNNING
  ; An older version goes first, so that none of its files stay behind. The data are elsewhere.
  ${If} ${FileExists} "$INSTDIR\_internal\*.*"
    RMDir /r "$INSTDIR\_internal"
    RMDir /r "$INSTDIR\licenses"
    Delete "$INSTDIR\leukoscope*.exe"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr SHCTX "Software\${NAME}" "Folder" "$INSTDIR"
  WriteRegStr SHCTX "${KEY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${KEY}" "Publisher" "${NAME}"
  WriteRegStr SHCTX "${KEY}" "DisplayIcon" "$INSTDIR\leukoscope-window.exe"
  WriteRegStr SHCTX "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S /$MultiUser.InstallMode'
  WriteRegDWORD SHCTX "${KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD SHCTX "${KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${KEY}" "NoRepair" 1
SectionEnd

Section "Menu and file types"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\leukoscope-window.exe" "" "$INSTDIR\leukoscope-window.exe" 0
  WriteRegStr SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\leukoscope.exe" "" "$INSTDIR\leukoscope.exe"
  WriteRegStr SHCTX "Software\Classes\${CLASS}" "" "Keras model"
  WriteRegStr SHCTX "Software\Classes\${CLASS}\DefaultIcon" "" "$INSTDIR\leukoscope-window.exe,0"
  WriteRegStr SHCTX "Software\Classes\${CLASS}\shell\open\command" "" '"$INSTDIR\leukoscope-window.exe" "%1"'
  WriteRegStr SHCTX "Software\Classes\.keras\OpenWithProgids" "${CLASS}" ""
  WriteRegStr SHCTX "Software\Classes\Applications\leukoscope-window.exe" "FriendlyAppName" "${NAME}"
  ; Pictures keep the program they open with; LeukoScope is offered under "Open with".
  WriteRegStr SHCTX "Software\Classes\Applications\leukoscope-window.exe\shell\open\command" "" \
    '"$INSTDIR\leukoscope-window.exe" "%1"'
  !macro OFFER SUFFIX
    WriteRegStr SHCTX "Software\Classes\Applications\leukoscope-window.exe\SupportedTypes" "${SUFFIX}" ""
  !macroend
  !insertmacro OFFER ".png"
  !insertmacro OFFER ".jpg"
  !insertmacro OFFER ".jpeg"
  !insertmacro OFFER ".tif"
  !insertmacro OFFER ".tiff"
  !insertmacro OFFER ".bmp"
  ${RefreshShellIcons}
SectionEnd

Section "Uninstall"
  !insertmacro STOP_IF_RUNNING
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licenses"
  Delete "$INSTDIR\leukoscope*.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey SHCTX "Software\Classes\${CLASS}"
  DeleteRegValue SHCTX "Software\Classes\.keras\OpenWithProgids" "${CLASS}"
  DeleteRegKey SHCTX "Software\Classes\Applications\leukoscope-window.exe"
  DeleteRegKey SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\leukoscope.exe"
  DeleteRegKey SHCTX "Software\${NAME}"
  DeleteRegKey SHCTX "${KEY}"
  ${RefreshShellIcons}
SectionEnd
