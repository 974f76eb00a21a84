"""Qt style sheet from the tokens of a theme. Only what Qt's own palette cannot say."""

from __future__ import annotations

from dataclasses import asdict
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.gui.tokens import Theme

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget#page { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $strong_line; padding: 6px 8px; }

QWidget#surface, QScrollArea#surface, QWidget#surface QScrollArea { background: $surface; }
QFrame#card { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame#line { background: $line; border: none; }
QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget#scrolled { background: transparent; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 20px; font-weight: 500; }
QLabel[role="heading"] { font-size: 14px; font-weight: 500; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: 12px; }
QLabel[found="true"] { background: $selected; color: $text; border-radius: 3px; }
QLabel[role="figure"] { font-size: 20px; font-weight: 500; }
QLabel[role="wrong"] {
  background: $raised; border: 1px solid $strong_line; border-left: 4px solid $text; border-radius: 4px;
  padding: 8px 10px; font-weight: 500;
}
QLabel[role="caption"] { color: $muted; font-size: 12px; font-weight: 500; }

QPushButton, QToolButton {
  background: $raised; border: 1px solid $line; border-radius: 4px;
  padding: 0 12px; min-height: 30px; color: $text;
}
QToolButton { padding: 0 7px; min-width: 16px; }
QPushButton:hover, QToolButton:hover { background: $hover; border-color: $strong_line; }
QPushButton:pressed, QToolButton:pressed { background: $selected; }
QPushButton:checked, QToolButton:checked { background: $selected; border-color: $strong_line; font-weight: 500; }
QPushButton:focus, QToolButton:focus { border: 2px solid $focus; padding: 0 11px; min-height: 28px; }
QToolButton:focus { padding: 0 6px; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $surface; border-color: $line; }
QPushButton[role="primary"] { background: $primary; color: $on_primary; border-color: $primary; font-weight: 500; }
QPushButton[role="primary"]:hover { background: $muted; border-color: $muted; }
QPushButton[role="primary"]:focus { border: 2px solid $strong_line; }
QPushButton[role="primary"]:disabled { background: $selected; color: $disabled; border-color: $selected; }
QPushButton[role="big"] { min-height: 46px; padding: 0 28px; font-size: 14px; }
QPushButton[role="flat"], QToolButton[role="flat"] { background: transparent; border-color: transparent; }
QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover { background: $hover; }
QPushButton[role="flat"]:checked, QToolButton[role="flat"]:checked { background: $selected; }
QPushButton[role="flat"]:focus, QToolButton[role="flat"]:focus { border: 2px solid $focus; }
QToolButton[role="row"] {
  background: transparent; border: 1px solid transparent; border-radius: 6px; min-height: 54px; padding: 0;
}
QToolButton[role="row"]:hover { background: $hover; }
QToolButton[role="row"]:checked { background: $selected; }
QToolButton[role="row"]:focus { border: 2px solid $focus; padding: 0; min-height: 52px; }
QPushButton[role="door"] {
  background: transparent; border: 1px solid transparent; border-left: 3px solid transparent; border-radius: 4px;
  text-align: left; padding: 0 6px; color: $muted;
}
QPushButton[role="door"]:hover { color: $text; background: $hover; }
QPushButton[role="door"]:checked { color: $text; background: $raised; border-left-color: $primary; }
QPushButton[role="door"]:focus { border: 2px solid $focus; padding: 0 6px 0 7px; min-height: 28px; }
QPushButton[role="door"]:disabled { background: transparent; color: $disabled; }
QToolButton[role="key"] { padding: 0 3px; font-size: 12px; min-height: 28px; }
QToolButton[role="key"]:focus { padding: 0 2px; min-height: 26px; }
QToolButton::menu-indicator { image: none; }

QPushButton::menu-indicator { image: none; width: 0; }
QToolButton[role="rail"] {
  background: transparent; border: none; border-left: 3px solid transparent; border-radius: 0;
  padding: 8px 3px 8px 0; min-height: 44px; color: $muted; font-size: 12px;
}
QToolButton[role="rail"][tight="true"] { padding: 1px 3px 1px 0; min-height: 44px; }
QToolButton[role="rail"]:hover { color: $text; background: $hover; }
QToolButton[role="rail"]:checked { color: $text; border-left-color: $primary; background: $raised; font-weight: 500; }
QToolButton[role="rail"]:focus { border: 2px solid $focus; padding: 6px 1px 6px 1px; }
QToolButton[role="rail"][tight="true"]:focus { padding: 0 1px; min-height: 42px; }

QToolButton[role="segment"] { border-radius: 0; margin-left: -1px; border-color: $line; padding: 0 10px; }
QToolButton[role="segment"][place="first"] { border-top-left-radius: 4px; border-bottom-left-radius: 4px; margin: 0; }
QToolButton[role="segment"][place="last"] { border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QToolButton[role="segment"][place="only"] { border-radius: 4px; margin: 0; }
QToolButton[role="segment"]:checked { background: $selected; border-color: $strong_line; }
QToolButton[role="segment"]:focus { border: 2px solid $focus; padding: 0 9px; }

QLineEdit, QPlainTextEdit, QTextBrowser, QComboBox {
  background: $raised; border: 1px solid $line; border-radius: 4px; color: $text;
  selection-background-color: $primary; selection-color: $on_primary;
}
QLineEdit, QComboBox { padding: 0 8px; min-height: 30px; }
QPlainTextEdit, QTextBrowser { padding: 4px; }
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover { border-color: $strong_line; }
QLineEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus, QComboBox:focus { border: 2px solid $focus; }
QLineEdit:focus, QComboBox:focus { padding: 0 7px; min-height: 28px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {
    background: $surface; color: $muted; border-color: $line;
}
QLineEdit[wrong="true"] { border-color: $text; }
QComboBox { padding-right: 28px; }
QComboBox::drop-down { border: none; width: 28px; subcontrol-origin: border; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
  background: $raised; border: 1px solid $strong_line; padding: 4px; selection-background-color: $selected;
}
QComboBox QAbstractItemView::item { min-height: 30px; padding: 0 8px; }

QCheckBox { spacing: 8px; min-height: 30px; background: transparent; }
QCheckBox::indicator {
  width: 16px; height: 16px; border: 1px solid $strong_line; background: $raised;
}
QCheckBox::indicator { border-radius: 3px; }
QCheckBox::indicator:checked { background: $primary; border-color: $primary; }
QCheckBox::indicator:disabled { border-color: $line; background: $surface; }
QCheckBox:focus { border: 1px solid $focus; border-radius: 4px; }

QSlider { min-height: 28px; }
QSlider::groove:horizontal { height: 4px; background: $strong_line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $primary; border-radius: 2px; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -6px 0; border-radius: 8px; background: $primary; }
QSlider::handle:horizontal:focus { border: 2px solid $surface; background: $focus; }
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $disabled; }

QProgressBar { border: none; background: $line; border-radius: 3px; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: $primary; border-radius: 3px; }

QMenuBar { background: $window; border-bottom: 1px solid $line; padding: 2px 4px; }
QMenuBar::item { padding: 6px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $strong_line; padding: 4px; }
QMenu::item { padding: 7px 28px 7px 12px; border-radius: 4px; min-width: 160px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QTableView, QListView, QTreeView, TileView { background: $surface; border: none; gridline-color: transparent; }
QTableView::item { border-bottom: 1px solid $line; padding: 0 8px; }
QTableView::item:selected, QListView::item:selected { background: $selected; color: $text; }
QTableView::item:hover { background: $hover; }
QTableView:focus, QListView:focus, TileView:focus { border: none; }
QHeaderView { background: $surface; }
QHeaderView::section {
  background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
  padding: 0 11px; min-height: 34px; font-size: 12px; font-weight: 500;
}
QTableCornerButton::section { background: $surface; border: none; }

QScrollBar:vertical { width: 12px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 12px; background: transparent; margin: 0; }
QScrollBar::handle { background: $strong_line; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: transparent; border: none; width: 0; height: 0;
}
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $strong_line; }
QGraphicsView { border: none; }
QPdfView, QPdfView QWidget { background: $canvas; border: none; }
QFrame#message { background: $raised; border: 1px solid $strong_line; border-radius: 6px; }
QFrame#statusline { background: $window; border-top: 1px solid $line; }
QFrame#rail { background: $window; border-right: 1px solid $line; }
QFrame#popup { background: $raised; border: 1px solid $strong_line; }
QFrame#bar { background: $surface; border-bottom: 1px solid $line; }
QFrame#panel { background: $surface; border-left: 1px solid $line; }
""")


_STRONG = Template("""
QPushButton[role="primary"]:focus { background: $on_primary; color: $primary; border: 3px solid $focus; }
QCheckBox:focus { border: 2px solid $focus; }
""")
"""Where outlines have the color of words, what has the keyboard must differ by more than an outline."""


def stylesheet(theme: Theme) -> str:
    """The style sheet of a theme."""
    sheet = _SHEET.template + (_STRONG.template if theme.is_strong else "")
    return Template(sheet).substitute(asdict(theme))
