"""What goes into the installed folder and what stays out, and why."""

from __future__ import annotations

import re

FONT_PACKAGES = (
    "font_roboto",
    "fontpkg_roboto_mono",
    "fontpkg_noto_sans",
    "fontpkg_noto_sans_arabic",
    "fontpkg_heebo",
    "fontpkg_noto_sans_devanagari",
    "fontpkg_noto_sans_thai",
    "fontpkg_noto_sans_tamil",
    "fontpkg_noto_sans_telugu",
    "fontpkg_noto_sans_khmer",
    "cvttf_NotoSansCJK_Regular",
)
"""Found by name while the program runs (leukoscope/reports/fonts.py), so no import leads to them."""

CODECS = tuple(
    f"imagecodecs._{name}"
    for name in (
        "shared",
        "shared_cython",
        "imcd",
        "ccitt",
        "jpeg8",
        "jpeg2k",
        "jpegxl",
        "jpegxr",
        "png",
        "webp",
        "zstd",
    )
)
"""Of the eighty megabytes of imagecodecs what leukoscope/sources reads: each is imported by a computed name."""

CHARTS = ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets")
"""Imported by pyqtgraph under a name that it puts together; it draws with neither here, but does not start without."""

IMPORTER_ONLY = (
    "tensorflow",
    "keras",
    "ml_dtypes",
    "optree",
    "absl",
    "google",
    "rich",
    "requests",
    "leukoscope.inference.backward",
    "leukoscope.inference.branches",
    "leukoscope.inference.explain",
    "leukoscope.inference.explained_layers",
    "leukoscope.inference.explanations",
    "leukoscope.inference.graph",
    "leukoscope.inference.grouped",
    "leukoscope.inference.layers",
    "leukoscope.inference.loading",
    "leukoscope.inference.original",
    "leukoscope.inference.plain_gradients",
    "leukoscope.inference.shared_weights",
    "leukoscope.inference.trace",
)
"""Left out of the window's and the command line's programs; the importer has them."""

WINDOW_ONLY = (
    "PySide6",
    "imagecodecs",
    "tifffile",
    "openslide",
    "openslide_bin",
    "nd2",
    "liffile",
    "scipy",
    "lxml",
    "PIL",
    "fhir",
    "pydicom",
    "highdicom",
    "sqlalchemy",
    "reportlab",
    "leukoscope.cli",
    "leukoscope.gui",
    "leukoscope.workflow",
    "leukoscope.reports",
    "leukoscope.exchange",
    "leukoscope.cases",
    "leukoscope.sources",
    "leukoscope.imaging",
)
"""Left out of the importer."""

NOT_ON_SERVERS = ("PySide6", "shiboken6", "pyqtgraph", "leukoscope.gui")
"""Left out of the server's edition, which opens no window."""

NOWHERE = (
    "training",
    "tests",
    "tkinter",
    "matplotlib",
    "IPython",
    "pytest",
    "_pytest",
    "setuptools",
    "pip",
    "wheel",
    "pkg_resources",
    "torch",
    "jax",
    "sklearn",
    "pandas",
    "pygments",
    "mypy",
    "hypothesis",
    "PyInstaller",
    "pydoc_data",
    "lib2to3",
    # Counts its uses over the network; OpenVINO does without it.
    "openvino_telemetry",
    "openvino.torch",
    "openvino.frontend.pytorch",
    "openvino.frontend.jax",
    "openvino.frontend.onnx",
    "openvino.frontend.paddle",
    "openvino.tools.benchmark",
    "openvino.preprocess.torchvision",
    "pandas",
    "notebook",
    # For many machines and for tables of many columns: who has such loads installs the extras.
    "distributed",
    "pyarrow",
    # Extras of an installation from source, and a peer of the benchmarks.
    "pyarrow",
    "distributed",
    "onnxruntime",
    "onnx",
    "tf2onnx",
    # nd2 builds arrays over many files with them.
    "dask",
    "xarray",
    "ome_types",
    "xsdata",
    # fhir.resources speaks JSON without it, fontTools reads no XML here.
    "lxml",
    "tensorboard",
    "grpc",
    "tensorstore",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtWebEngineCore",
    "PySide6.QtWebEngineWidgets",
    "PySide6.Qt3DCore",
    "PySide6.QtCharts",
)

_SURPLUS = (
    # Qt: what no page of ours opens. The virtual keyboard alone would bring QML and Quick along.
    r"(^|/)(lib)?Qt6?(Qml|Quick|WebEngine|WebChannel|WebView|3D|Charts|DataVis|Graphs|Designer|Help|Test|Sql|Location"
    r"|Positioning|Sensors|SerialPort|RemoteObjects|Scxml|StateMachine|TextToSpeech|SpatialAudio|VirtualKeyboard"
    r"|ShaderTools|Bluetooth|Nfc)\w*\.",
    r"/(qml|designer|sqldrivers|sceneparsers|geometryloaders|virtualkeyboard|webview|qmltooling|assetimporters"
    r"|renderers|renderplugins|geoservices|position|sensors|canbus|scxmldatamodel|texttospeech)/",
    # OpenGL without a graphics card; widgets ask for none.
    r"(^|/)opengl32sw\.",
    r"/platforminputcontexts/\w*virtualkeyboard",
    r"/platforms/\w*(eglfs|linuxfb|vnc|vkkhrdisplay|minimalegl|qminimal|directfb)",
    r"/(egldeviceintegrations|generic|networkinformation|tls)/",
    r"/platformthemes/\w*gtk",
    r"(^|/)libQt6Egl\w+\.",
    # What GTK brought along for that theme alone.
    r"^lib(gtk-3|gdk-3|gdk_pixbuf|pango|cairo|atk|atspi|epoxy|pixman|fribidi|thai|datrie|harfbuzz|graphite|rsvg)[\w.-]*$",
    r"/imageformats/\w*(pdf|gif|icns|tga|wbmp|webp|qmng)",
    # Pillow: another toolkit.
    r"(^|/)PIL/_imagingtk\.",
    # OpenVINO: one device (the processor) and two formats (its own, and TensorFlow's for the importer).
    r"(^|/)(lib)?openvino_\w*(gpu|npu|auto|hetero|batch|proxy)\w*_plugin",
    r"(^|/)(lib)?openvino_\w*(onnx|pytorch|paddle|gguf|jax|tensorflow_lite)_frontend",
    r"(^|/)(lib)?openvino_intel_npu_",
    r"openvino/libs/cache\.json|(^|/)(lib)?openvino_c\.",
    # TensorFlow: what builds programs against it, and another runtime.
    r"(^|/)tensorflow/(include|xla_aot_runtime_src|tools/pip_package)/",
    r"\.(pyi|pxd|h|hpp|cc|lib|a)$",
    # Tests and samples of other people's packages.
    r"(^|/)(numpy|scipy|h5py|pydicom|sqlalchemy|PIL|tensorflow|keras|highdicom|pynetdicom)/(.*/)?tests?/",
    r"(^|/)(pydicom/data/(test_files|charset_files)|highdicom/.*/test)",
)
_IMPORTER_SURPLUS = (
    r"(^|/)(lib)?openvino_tensorflow_frontend",
    r"(^|/)models/[^/]+/model\.keras$",
)

_surplus = re.compile("|".join(_SURPLUS))
_importer_surplus = re.compile("|".join(_IMPORTER_SURPLUS))

_QT_WORDS = re.compile(r"PySide6/.*translations/(?!qtbase_(de|es|fr)\.qm)")
"""Qt's own words for buttons, in the languages that the program speaks; English needs none."""


def stays_out(name: str) -> bool:
    """Whether a file that PyInstaller found is left out of every edition; ``name`` is where it would lie."""
    path = name.replace("\\", "/")
    return bool(_surplus.search(path) or _QT_WORDS.search(path))


def only_for_importing(name: str) -> bool:
    """Whether a file is left out of the light edition, which judges with compiled graphs alone."""
    return bool(_importer_surplus.search(name.replace("\\", "/")))


def mac_properties(version: str) -> dict[str, object]:
    """Info.plist of the macOS program."""
    return {
        "CFBundleName": "LeukoScope",
        "CFBundleDisplayName": "LeukoScope",
        "CFBundleShortVersionString": version.partition("+")[0],
        "CFBundleVersion": version.partition("+")[0],
        "CFBundleExecutable": "leukoscope-window",
        "LSMinimumSystemVersion": "12.0",
        "NSHighResolutionCapable": True,
        "NSCameraUsageDescription": "LeukoScope shows the picture of your microscope's camera and takes fields from "
        "it. Nothing leaves this computer.",
        "NSPrincipalClass": "NSApplication",
        "LSApplicationCategoryType": "public.app-category.medical",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Image",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.png", "public.jpeg", "public.tiff", "com.microsoft.bmp"],
            }
        ],
    }
