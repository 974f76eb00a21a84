; The Windows installer. make_package.py gives PROGRAM, TARGET, VERSION, NUMBERS, KILOBYTES and ICON.
;
;   setup.exe                     asks: for everybody (needs an administrator) or for this user only
;   setup.exe /S /CurrentUser     silent, for this user, no administrator
;   setup.exe /S /AllUsers        silent, for everybody
;   setup.exe /S /D=C:\Path       silent, somewhere else (always the last word)
;
; Cases, imported models and settings lie in the user's AppData and are never touched, neither by an upgrade nor by
; the uninstaller. The Visual C++ runtime and the universal C runtime lie in the program's own folder (_internal).

Unicode true
SetCompressor /SOLID lzma
SetCompressorDictSize 64
ManifestDPIAware true

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

Name "${NAME}"
OutFile "${TARGET}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${NUMBERS}"
VIAddVersionKey FileDescription "${NAME} setup"
VIAddVersionKey LegalCopyright "See the folder licenses"
BrandingText "${NAME} ${VERSION}. For research and evaluation; not a medical device."

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
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

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "LeukoScope needs a 64-bit Windows." /SD IDOK
    SetErrorLevel 3
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro MULTIUSER_INIT
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; A program that runs keeps its files: say so instead of leaving half of the new version.
!macro STOP_IF_RUNNING
  ${If} ${FileExists} "$INSTDIR\leukoscope-window.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\leukoscope-window.exe" a
    ${If} ${Errors}
      MessageBox MB_ICONEXCLAMATION "LeukoScope is open. Close it, then run this again." /SD IDOK
      SetErrorLevel 4
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
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
