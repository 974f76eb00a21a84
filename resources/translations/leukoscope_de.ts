<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>AboutSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Everything stays on this computer: no account, no network.</source>
   <translation>Alles bleibt auf diesem Rechner: kein Konto, kein Netz.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Figures, thresholds and training data of each model stand on the Models page.</source>
   <translation>Kennzahlen, Schwellen und Trainingsdaten jedes Modells stehen auf der Seite Modelle.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Two models judge each white blood cell on their own and show what they looked at. Where they disagree, are unsure, or see something they were never trained on, the cell waits for a person.</source>
   <translation>Zwei Modelle beurteilen jede weiße Blutzelle für sich und zeigen, worauf sie geschaut haben. Wo sie uneins oder unsicher sind oder etwas sehen, womit sie nie trainiert wurden, wartet die Zelle auf einen Menschen.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Version {0}</source>
   <translation>Version {0}</translation>
  </message>
 </context>
 <context>
  <name>Actions</name>
  <message>
   <location filename="cell_actions.py" />
   <source>About LeukoScope</source>
   <translation>Über LeukoScope</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Actual pixels</source>
   <translation>Echte Pixel</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add all images of a folder</source>
   <translation>Alle Bilder eines Ordners hinzufügen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add image files to the case</source>
   <translation>Bilddateien zum Fall hinzufügen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add the image or files you copied</source>
   <translation>Kopiertes Bild oder kopierte Dateien hinzufügen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Adjust the display</source>
   <translation>Anzeige anpassen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>All cases</source>
   <translation>Alle Fälle</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Amend…</source>
   <translation>Berichtigen…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Artifact</source>
   <translation>Artefakt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Audit trail</source>
   <translation>Prüfprotokoll</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Basophil</source>
   <translation>Basophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blast</source>
   <translation>Blast</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Boxes</source>
   <translation>Rahmen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Brightness, contrast, gamma and white of what you see; what is judged stays as it is</source>
   <translation>Helligkeit, Kontrast, Gamma und Weiß der Anzeige; beurteilt wird das Bild, wie es ist</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Bring the chosen cell close</source>
   <translation>Gewählte Zelle heranholen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Capture</source>
   <translation>Aufnahme</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Case</source>
   <translation>Fall</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Cell</source>
   <translation>Zelle</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Cells cut out</source>
   <translation>Zellen freigestellt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Cells of each class, and another case beside</source>
   <translation>Zellen jeder Klasse, daneben ein anderer Fall</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Close LeukoScope; everything is saved</source>
   <translation>LeukoScope schließen; alles ist gespeichert</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Comment on cell</source>
   <translation>Zelle kommentieren</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Contour lines</source>
   <translation>Konturlinien</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy the whole image</source>
   <translation>Ganzes Bild kopieren</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy what is in view</source>
   <translation>Sichtbaren Ausschnitt kopieren</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Count table</source>
   <translation>Zähltabelle</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Dark or light</source>
   <translation>Dunkel oder hell</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Do the step again</source>
   <translation>Schritt wiederholen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a box around a cell that was missed; it is judged like the others</source>
   <translation>Einen Rahmen um eine übersehene Zelle ziehen; sie wird wie die anderen beurteilt</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a cell</source>
   <translation>Zelle einzeichnen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Draw a line, an ellipse or an outline: its length in µm and its area in µm²</source>
   <translation>Eine Linie, eine Ellipse oder einen Umriss zeichnen: Länge in µm und Fläche in µm²</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Edit</source>
   <translation>Bearbeiten</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Edit case header</source>
   <translation>Kopfdaten des Falls bearbeiten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophil</source>
   <translation>Eosinophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Erase case for good…</source>
   <translation>Fall endgültig löschen…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblast</source>
   <translation>Erythroblast</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Every key on one page</source>
   <translation>Alle Tasten auf einer Seite</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Evidence for the other side</source>
   <translation>Hinweise für die andere Seite</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export DICOM…</source>
   <translation>DICOM exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export FHIR…</source>
   <translation>FHIR exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export HL7…</source>
   <translation>HL7 exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export PDF report…</source>
   <translation>PDF-Bericht exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export everything…</source>
   <translation>Alles exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export table…</source>
   <translation>Tabelle exportieren…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export without the patient’s data…</source>
   <translation>Ohne Patientendaten exportieren…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Fit image</source>
   <translation>Bild einpassen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>For your support; without patient data</source>
   <translation>Für Ihren Support; ohne Patientendaten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Full screen</source>
   <translation>Vollbild</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Gallery only</source>
   <translation>Nur Galerie</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Give the whole page to the cells</source>
   <translation>Die ganze Seite den Zellen geben</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go back one cell</source>
   <translation>Eine Zelle zurück</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go on after a label</source>
   <translation>Nach einem Label weitergehen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Go on judging</source>
   <translation>Weiter beurteilen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell of the gallery</source>
   <translation>Zur nächsten Zelle der Galerie</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell that needs a person</source>
   <translation>Zur nächsten Zelle, die einen Menschen braucht</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Heat or contour lines</source>
   <translation>Wärmebild oder Konturlinien</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Help</source>
   <translation>Hilfe</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Images and cells of the case</source>
   <translation>Bilder und Zellen des Falls</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocyte</source>
   <translation>Unreifer Granulozyt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge all images of the case again with the models of now; your labels stay</source>
   <translation>Alle Bilder des Falls mit den jetzigen Modellen erneut beurteilen; Ihre Kennzeichnungen bleiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge case again</source>
   <translation>Fall erneut beurteilen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge failed images again</source>
   <translation>Misslungene Bilder erneut beurteilen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge image again</source>
   <translation>Bild erneut beurteilen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the shown image again with the models of now; your labels stay</source>
   <translation>Das gezeigte Bild mit den jetzigen Modellen erneut beurteilen; Ihre Kennzeichnungen bleiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the stopped images of the case</source>
   <translation>Die angehaltenen Bilder des Falls beurteilen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep as example</source>
   <translation>Als Beispiel behalten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep the cell as an example of what you say it is; all examples are on the page Quality</source>
   <translation>Die Zelle als Beispiel für das behalten, was Sie sagen; alle Beispiele sind auf der Seite Qualität</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keys</source>
   <translation>Tasten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label healthy</source>
   <translation>Als gesund kennzeichnen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label leukemic</source>
   <translation>Als leukämisch kennzeichnen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label unsure</source>
   <translation>Als unsicher kennzeichnen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Larger</source>
   <translation>Größer</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Lock screen</source>
   <translation>Bildschirm sperren</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocyte</source>
   <translation>Lymphozyt</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Make one cell of the chosen ones of an image; it is judged</source>
   <translation>Aus den gewählten Zellen eines Bildes eine machen; sie wird beurteilt</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map</source>
   <translation>Karte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 2</source>
   <translation>Karte 2</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 3</source>
   <translation>Karte 3</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 4</source>
   <translation>Karte 4</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 5</source>
   <translation>Karte 5</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 6</source>
   <translation>Karte 6</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 7</source>
   <translation>Karte 7</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 8</source>
   <translation>Karte 8</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 9</source>
   <translation>Karte 9</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Mark reviewed</source>
   <translation>Als geprüft markieren</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Measure</source>
   <translation>Messen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Measure a stage micrometer, or name objective and camera</source>
   <translation>Objektmikrometer messen oder Objektiv und Kamera nennen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Merge cells</source>
   <translation>Zellen vereinen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocyte</source>
   <translation>Monozyt</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize box</source>
   <translation>Rahmen verschieben oder ändern</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize the box of the cell; it is judged again</source>
   <translation>Den Rahmen der Zelle verschieben oder in der Größe ändern; sie wird neu beurteilt</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Name the class</source>
   <translation>Klasse benennen</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophil</source>
   <translation>Neutrophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>New case</source>
   <translation>Neuer Fall</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next cell</source>
   <translation>Nächste Zelle</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next image</source>
   <translation>Nächstes Bild</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next map</source>
   <translation>Nächste Karte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next unsure cell</source>
   <translation>Nächste unsichere Zelle</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cell</source>
   <translation>Keine weiße Zelle</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Nobody goes on without a password</source>
   <translation>Niemand arbeitet ohne Passwort weiter</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>One image pixel for one screen pixel</source>
   <translation>Ein Bildpixel je Bildschirmpixel</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open a signed case again, with a reason</source>
   <translation>Einen unterschriebenen Fall mit Begründung wieder öffnen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open folder…</source>
   <translation>Ordner öffnen…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open images…</source>
   <translation>Bilder öffnen…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Overview</source>
   <translation>Übersicht</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Paste image</source>
   <translation>Bild einfügen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous cell</source>
   <translation>Vorige Zelle</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous image</source>
   <translation>Voriges Bild</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous map</source>
   <translation>Vorige Karte</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print report…</source>
   <translation>Bericht drucken…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print the page with the result, or the whole report</source>
   <translation>Die Seite mit dem Ergebnis oder den ganzen Bericht drucken</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Put a line across the cell that makes two of it; both are judged</source>
   <translation>Eine Linie durch die Zelle legen, die zwei aus ihr macht; beide werden beurteilt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Put case away</source>
   <translation>Fall weglegen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the part of the image that is in view into the clipboard, with boxes, maps and scale bar</source>
   <translation>Den sichtbaren Teil des Bildes in die Zwischenablage legen, mit Rahmen, Karten und Maßstab</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the whole image into the clipboard, with its scale bar and without boxes</source>
   <translation>Das ganze Bild in die Zwischenablage legen, mit Maßstab und ohne Rahmen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Quit</source>
   <translation>Beenden</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Redo</source>
   <translation>Wiederherstellen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Remove cell</source>
   <translation>Zelle entfernen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove image</source>
   <translation>Bild entfernen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove stopped images</source>
   <translation>Angehaltene Bilder entfernen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Die Patientendaten von diesem Rechner entfernen; niemand kann sie zurückholen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Report</source>
   <translation>Bericht</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Review</source>
   <translation>Durchsicht</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Save fault report…</source>
   <translation>Fehlerbericht speichern…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save the whole image…</source>
   <translation>Ganzes Bild speichern…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save what is in view…</source>
   <translation>Sichtbaren Ausschnitt speichern…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Say that every cell has been looked at</source>
   <translation>Sagen, dass jede Zelle angesehen wurde</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send images, boxes and report; the outbox shows how it goes</source>
   <translation>Bilder, Rahmen und Bericht senden; der Postausgang zeigt, wie es geht</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as FHIR; the outbox shows how it goes</source>
   <translation>Das Ergebnis als FHIR senden; der Postausgang zeigt, wie es läuft</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as HL7 message; the outbox shows how it goes</source>
   <translation>Ergebnis als HL7-Nachricht senden; der Postausgang zeigt, wie es geht</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the DICOM archive</source>
   <translation>An das DICOM-Archiv senden</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the FHIR server</source>
   <translation>An den FHIR-Server senden</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the hospital’s system</source>
   <translation>An das Kliniksystem senden</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Set scale…</source>
   <translation>Maßstab setzen…</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Show another image of the case beside this one; a click in the strip chooses it</source>
   <translation>Ein anderes Bild des Falls neben diesem zeigen; ein Klick in der Leiste wählt es</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Show map</source>
   <translation>Karte zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 2</source>
   <translation>Karte 2 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 3</source>
   <translation>Karte 3 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 4</source>
   <translation>Karte 4 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 5</source>
   <translation>Karte 5 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 6</source>
   <translation>Karte 6 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 7</source>
   <translation>Karte 7 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 8</source>
   <translation>Karte 8 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 9</source>
   <translation>Karte 9 zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide the boxes around cells</source>
   <translation>Rahmen um Zellen zeigen oder verbergen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide why the models think so</source>
   <translation>Zeigen oder verbergen, warum die Modelle so urteilen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the cells as the models saw them, or in their surroundings</source>
   <translation>Die Zellen so zeigen, wie die Modelle sie sahen, oder in ihrer Umgebung</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the image before</source>
   <translation>Voriges Bild zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the map before</source>
   <translation>Die Karte davor zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the nearest of the cells that people of the laboratory have decided</source>
   <translation>Die nächsten der Zellen zeigen, die Menschen des Labors entschieden haben</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next cell without a label as soon as one is given, unsure ones first</source>
   <translation>Die nächste Zelle ohne Label zeigen, sobald eines vergeben ist, unsichere zuerst</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next image of the case</source>
   <translation>Nächstes Bild des Falls zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next map of the cell</source>
   <translation>Die nächste Karte der Zelle zeigen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the whole image</source>
   <translation>Ganzes Bild zeigen</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Side by side</source>
   <translation>Nebeneinander</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Sign…</source>
   <translation>Unterschreiben…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Similar cells</source>
   <translation>Ähnliche Zellen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Smaller</source>
   <translation>Kleiner</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cell</source>
   <translation>Kernschatten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Split cell</source>
   <translation>Zelle teilen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stand for the case; it is read-only then</source>
   <translation>Für den Fall einstehen; danach ist er schreibgeschützt</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Start a new case</source>
   <translation>Neuen Fall beginnen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop judging images; what is done stays, the others wait</source>
   <translation>Das Beurteilen anhalten; Fertiges bleibt, die anderen warten</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop work</source>
   <translation>Arbeit anhalten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Switch between dark and light</source>
   <translation>Zwischen dunkel und hell wechseln</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take images that are stopped and not judged out of the case; can be undone</source>
   <translation>Angehaltene, nicht beurteilte Bilder aus dem Fall nehmen; kann rückgängig gemacht werden</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take out what is no white cell; can be undone</source>
   <translation>Nimmt heraus, was keine weiße Zelle ist; widerrufbar</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the case off the list; it can be brought back</source>
   <translation>Den Fall von der Liste nehmen; er kann zurückgeholt werden</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the last step back</source>
   <translation>Letzten Schritt zurücknehmen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the shown image out of the case; can be undone</source>
   <translation>Gezeigtes Bild aus dem Fall nehmen; kann rückgängig gemacht werden</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take your label back</source>
   <translation>Eigene Kennzeichnung zurücknehmen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Teach the program your own microscope</source>
   <translation>Dem Programm das eigene Mikroskop beibringen</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The case report as it prints</source>
   <translation>Der Fallbericht, wie er gedruckt wird</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The live camera; Space holds, Enter takes</source>
   <translation>Die Live-Kamera; Leertaste hält an, Eingabe nimmt auf</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program in one minute</source>
   <translation>Das Programm in einer Minute</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program’s label counts again</source>
   <translation>Das Urteil des Programms zählt wieder</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Theme, names and defaults</source>
   <translation>Farbschema, Namen und Vorgaben</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Tour</source>
   <translation>Rundgang</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Try again with the images of the case that could not be judged</source>
   <translation>Die Bilder des Falls, die nicht beurteilt werden konnten, erneut versuchen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Use the whole screen</source>
   <translation>Ganzen Bildschirm nutzen</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>View</source>
   <translation>Ansicht</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What it is and is not for</source>
   <translation>Wofür es ist und wofür nicht</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>What judges, and how well</source>
   <translation>Was urteilt, und wie gut</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What speaks against the label</source>
   <translation>Was gegen das Urteil spricht</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Where on the slide the images were taken: a map, where the stage of the microscope told their places</source>
   <translation>Wo auf dem Objektträger die Bilder aufgenommen wurden: eine Karte, wenn der Tisch des Mikroskops ihre Orte angegeben hat</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Who changed what, when and why</source>
   <translation>Wer was wann und warum geändert hat</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Worklist</source>
   <translation>Arbeitsliste</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write images, boxes and report as DICOM</source>
   <translation>Bilder, Rahmen und Bericht als DICOM schreiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write number, patient, stain …</source>
   <translation>Schreiben: Nummer, Patient, Färbung …</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one row for each cell as CSV</source>
   <translation>Eine Zeile je Zelle als CSV schreiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip with all formats and the images</source>
   <translation>Ein Zip mit allen Formaten und den Bildern schreiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip without names, numbers and true dates; look at the images yourself</source>
   <translation>Eine Zip-Datei ohne Namen, Nummern und wahre Daten schreiben; die Bilder selbst ansehen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as FHIR R4 for other systems</source>
   <translation>Fall als FHIR R4 für andere Systeme schreiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as HL7 v2 result message</source>
   <translation>Fall als HL7-v2-Ergebnisnachricht schreiben</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case report as PDF</source>
   <translation>Fallbericht als PDF schreiben</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the part of the image that is in view as PNG or JPEG, with boxes, maps and scale bar</source>
   <translation>Den sichtbaren Teil des Bildes als PNG oder JPEG schreiben, mit Rahmen, Karten und Maßstab</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the whole image as PNG or JPEG, with its scale bar and without boxes</source>
   <translation>Das ganze Bild als PNG oder JPEG schreiben, mit Maßstab und ohne Rahmen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Write what strikes you about the cell; it stands in the report beside it</source>
   <translation>Schreiben, was an der Zelle auffällt; es steht im Bericht neben ihr</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: artifact</source>
   <translation>Sie sagen: Artefakt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: basophil</source>
   <translation>Sie sagen: basophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: blast</source>
   <translation>Sie sagen: Blast</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: eosinophil</source>
   <translation>Sie sagen: eosinophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: erythroblast</source>
   <translation>Sie sagen: Erythroblast</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: healthy</source>
   <translation>Sie sagen: gesund</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: immature granulocyte</source>
   <translation>Sie sagen: unreifer Granulozyt</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: leukemic</source>
   <translation>Sie sagen: leukämisch</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: lymphocyte</source>
   <translation>Sie sagen: Lymphozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: monocyte</source>
   <translation>Sie sagen: Monozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: neutrophil</source>
   <translation>Sie sagen: neutrophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: no white cell</source>
   <translation>Sie sagen: keine weiße Zelle</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: smudge cell</source>
   <translation>Sie sagen: Kernschatten</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: unsure</source>
   <translation>Sie sagen: unsicher</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom in</source>
   <translation>Vergrößern</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom out</source>
   <translation>Verkleinern</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom to cell</source>
   <translation>Auf Zelle zoomen</translation>
  </message>
 </context>
 <context>
  <name>ActivationCard</name>
  <message>
   <location filename="activation_card.py" />
   <source>Belongs to</source>
   <translation>Gehört zu</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Beside {0}, which speaks now, the locked patients say: {1}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Neben {0}, das jetzt spricht, sagen die verschlossenen Patienten: {1}. Schreiben Sie, warum es dennoch sprechen soll; das steht im Prüfprotokoll.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It does not speak. From the next image on it will, once it is activated; old cases stay as they are.</source>
   <translation>Es spricht noch nicht. Ab dem nächsten Bild spricht es, sobald es eingesetzt ist; alte Fälle bleiben, wie sie sind.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It speaks now: in this window, live, and at the command line. Findings and reports name it.</source>
   <translation>Es spricht jetzt: in diesem Fenster, live und auf der Kommandozeile. Befunde und Berichte nennen es.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It was not compared with {0}, which speaks now: do that under Proof, or write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Es wurde nicht mit {0} verglichen, das jetzt spricht: tun Sie das unter Nachweis, oder schreiben Sie, warum es dennoch sprechen soll; das steht im Prüfprotokoll.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Its proof says: {0}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Sein Nachweis sagt: {0}. Schreiben Sie, warum es trotzdem sprechen soll; es steht im Prüfprotokoll.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let it speak</source>
   <translation>Einsetzen</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let the shipped models speak again</source>
   <translation>Wieder die mitgelieferten Modelle einsetzen</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Proof</source>
   <translation>Nachweis</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason</source>
   <translation>Grund</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason (stands in the audit trail, may be empty)</source>
   <translation>Grund (steht im Prüfprotokoll, darf leer sein)</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Save as a file…</source>
   <translation>Als Datei speichern…</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Signature</source>
   <translation>Signatur</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Taught</source>
   <translation>Gelehrt am</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Wanted accuracy</source>
   <translation>Gewünschte Genauigkeit</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>With</source>
   <translation>Mit</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>{0}: {1} of {2} patients</source>
   <translation>{0}: {1} von {2} Patienten</translation>
  </message>
 </context>
 <context>
  <name>AgreementView</name>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, classes</source>
   <translation>Cohens Kappa, Klassen</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, leukemic or healthy</source>
   <translation>Cohens Kappa, leukämisch oder gesund</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Earlier class (rows), class now (columns)</source>
   <translation>Frühere Klasse (Zeilen), Klasse jetzt (Spalten)</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Fleiss’ kappa</source>
   <translation>Fleiss’ Kappa</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Named alike</source>
   <translation>Gleich benannt</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>no cell</source>
   <translation>keine Zelle</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>not known: all {0} cells were named alike</source>
   <translation>nicht bekannt: alle {0} Zellen wurden gleich benannt</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} ({1} to {2}), {3} cells</source>
   <translation>{0} ({1} bis {2}), {3} Zellen</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against themselves</source>
   <translation>{0} gegen sich selbst</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against {1}</source>
   <translation>{0} gegen {1}</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} and who had decided, on the same cells</source>
   <translation>{0} und wer entschieden hatte, an denselben Zellen</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} of {1} cells ({2} %)</source>
   <translation>{0} von {1} Zellen ({2} %)</translation>
  </message>
 </context>
 <context>
  <name>AmendSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend</source>
   <translation>Berichtigen</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend the signed case</source>
   <translation>Unterschriebenen Fall berichtigen</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reason</source>
   <translation>Begründung</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The signed report stays. Your reason stands on the next one, which must be signed again.</source>
   <translation>Der unterschriebene Bericht bleibt. Ihre Begründung steht auf dem nächsten, der neu zu unterschreiben ist.</translation>
  </message>
 </context>
 <context>
  <name>AttentionController</name>
  <message>
   <location filename="attention.py" />
   <source>All images are judged.</source>
   <translation>Alle Bilder sind beurteilt.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>Something could not be finished; the window says what.</source>
   <translation>Etwas konnte nicht abgeschlossen werden; das Fenster sagt, was.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The cells are written.</source>
   <translation>Die Zellen sind geschrieben.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The control slide is measured.</source>
   <translation>Der Kontrollausstrich ist gemessen.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The files are written.</source>
   <translation>Die Dateien sind geschrieben.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The model is imported.</source>
   <translation>Das Modell ist importiert.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The program is taught; look at Quality.</source>
   <translation>Das Programm ist angelernt; sehen Sie unter Qualität nach.</translation>
  </message>
 </context>
 <context>
  <name>Attributes</name>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell shape</source>
   <translation>Zellform</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell size</source>
   <translation>Zellgröße</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Chromatin</source>
   <translation>Chromatin</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the cytoplasm</source>
   <translation>Farbe des Zytoplasmas</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the granules</source>
   <translation>Farbe der Granula</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cytoplasm</source>
   <translation>Zytoplasma</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Granules</source>
   <translation>Granula</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Kind of granules</source>
   <translation>Art der Granula</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus</source>
   <translation>Kern</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus to cytoplasm</source>
   <translation>Kern zu Zytoplasma</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Vacuoles</source>
   <translation>Vakuolen</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>band</source>
   <translation>stabförmig</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>big</source>
   <translation>groß</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>blue</source>
   <translation>blau</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>clear</source>
   <translation>klar</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>coarse</source>
   <translation>grob</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>dense</source>
   <translation>dicht</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>frosted</source>
   <translation>matt</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>high</source>
   <translation>hoch</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>indented</source>
   <translation>eingebuchtet</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>irregular</source>
   <translation>unregelmäßig</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>light blue</source>
   <translation>hellblau</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>loose</source>
   <translation>locker</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>low</source>
   <translation>niedrig</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>no</source>
   <translation>nein</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>pink</source>
   <translation>rosa</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple</source>
   <translation>violett</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple blue</source>
   <translation>violettblau</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>red</source>
   <translation>rot</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round</source>
   <translation>rund</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round, one piece</source>
   <translation>rund, ungeteilt</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>segmented, many lobes</source>
   <translation>segmentiert, viele Lappen</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>small</source>
   <translation>klein</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>two lobes</source>
   <translation>zwei Lappen</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>yes</source>
   <translation>ja</translation>
  </message>
 </context>
 <context>
  <name>AuditSheet</name>
  <message>
   <location filename="audit_sheet.py" />
   <source>After</source>
   <translation>Nachher</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Audit trail</source>
   <translation>Prüfprotokoll</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Before</source>
   <translation>Vorher</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Export CSV or PDF…</source>
   <translation>CSV oder PDF exportieren…</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Part</source>
   <translation>Teil</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Reason</source>
   <translation>Grund</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>What</source>
   <translation>Was</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>When (UTC)</source>
   <translation>Wann (UTC)</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Who</source>
   <translation>Wer</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>{0} entries checked: none was changed, removed or put in another order.</source>
   <translation>{0} Einträge geprüft: keiner wurde geändert, entfernt oder umgestellt.</translation>
  </message>
 </context>
 <context>
  <name>AuditTrailController</name>
  <message>
   <location filename="audit_trail.py" />
   <source>Export audit trail</source>
   <translation>Prüfprotokoll exportieren</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>Table</source>
   <translation>Tabelle</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>The audit trail is written.</source>
   <translation>Das Prüfprotokoll ist geschrieben.</translation>
  </message>
 </context>
 <context>
  <name>AuditWords</name>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM archive</source>
   <translation>DICOM-Archiv</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM worklist</source>
   <translation>DICOM-Arbeitsliste</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>FHIR server</source>
   <translation>FHIR-Server</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account added</source>
   <translation>Konto angelegt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account kept by</source>
   <translation>Konto geführt von</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account on or off</source>
   <translation>Konto ein oder aus</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>accounts</source>
   <translation>Konten</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>berichtigt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>audit trail exported</source>
   <translation>Protokoll exportiert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup restored</source>
   <translation>Sicherung zurückgespielt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup written</source>
   <translation>Sicherung geschrieben</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>begun by an order</source>
   <translation>durch Auftrag begonnen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>box of a cell changed</source>
   <translation>Rahmen einer Zelle geändert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case added</source>
   <translation>Fall angelegt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case brought back</source>
   <translation>Fall zurückgeholt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case data</source>
   <translation>Falldaten</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case erased for good</source>
   <translation>Fall endgültig gelöscht</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case kept</source>
   <translation>Fall behalten</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case put away</source>
   <translation>Fall weggelegt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell brought back</source>
   <translation>Zelle zurückgeholt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell drawn</source>
   <translation>Zelle eingezeichnet</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell re-read</source>
   <translation>Zelle nachgelesen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell removed</source>
   <translation>Zelle entfernt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell split</source>
   <translation>Zelle geteilt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell {0}</source>
   <translation>Zelle {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cells merged</source>
   <translation>Zellen vereint</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>comment</source>
   <translation>Kommentar</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>conclusion</source>
   <translation>Beurteilung</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run</source>
   <translation>Kontrolllauf</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run left out</source>
   <translation>Kontrolllauf ausgelassen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>copy kept aside</source>
   <translation>Kopie beiseitegelegt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>daily backup written</source>
   <translation>tägliche Sicherung geschrieben</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>date of birth</source>
   <translation>Geburtsdatum</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encrypted</source>
   <translation>verschlüsselt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encryption</source>
   <translation>Verschlüsselung</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>end of the trail exported</source>
   <translation>Ende des Protokolls exportiert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>erased</source>
   <translation>gelöscht</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>example removed</source>
   <translation>Beispiel entfernt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>exported</source>
   <translation>exportiert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>faults accepted</source>
   <translation>Abweichungen anerkannt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>folder of orders</source>
   <translation>Ordner der Aufträge</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory</source>
   <translation>Verzeichnis des Krankenhauses</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory set</source>
   <translation>Verzeichnis des Krankenhauses eingestellt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s system (HL7)</source>
   <translation>System des Krankenhauses (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image added</source>
   <translation>Bild hinzugefügt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image brought back</source>
   <translation>Bild zurückgeholt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image judged again</source>
   <translation>Bild erneut beurteilt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image read</source>
   <translation>Bild gelesen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image removed</source>
   <translation>Bild entfernt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image {0}</source>
   <translation>Bild {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images accepted</source>
   <translation>Bilder angenommen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images found in a folder</source>
   <translation>Bilder in einem Ordner gefunden</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model begins to judge</source>
   <translation>importiertes Modell beginnt zu beurteilen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model brought back</source>
   <translation>importiertes Modell zurückgebracht</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear</source>
   <translation>im Klartext</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear, not confirmed</source>
   <translation>im Klartext, nicht bestätigt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging resumed</source>
   <translation>Beurteilung fortgesetzt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging stopped</source>
   <translation>Beurteilung angehalten</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept as an example</source>
   <translation>als Beispiel behalten</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept by the archive</source>
   <translation>vom Archiv aufbewahrt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>label</source>
   <translation>Befund</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>labeled cells exported</source>
   <translation>benannte Zellen exportiert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>laboratory</source>
   <translation>Labor</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for orders (HL7)</source>
   <translation>Leitung für Aufträge (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for the archive’s answers</source>
   <translation>Verbindung für die Antworten des Archivs</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line to another system</source>
   <translation>Leitung zu einem anderen System</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>listening for orders</source>
   <translation>wartet auf Aufträge</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>locked test part looked at</source>
   <translation>gesperrter Prüfteil angesehen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>looked at</source>
   <translation>angesehen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>message seen to</source>
   <translation>Nachricht erledigt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>minutes until the screen locks</source>
   <translation>Minuten bis zur Sperre</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>models compared</source>
   <translation>Modelle verglichen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>new password</source>
   <translation>neues Passwort</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>no image there</source>
   <translation>dort ist kein Bild</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>notes</source>
   <translation>Notizen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>number of the order at its sender</source>
   <translation>Auftragsnummer beim Absender</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>off</source>
   <translation>aus</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on</source>
   <translation>ein</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on this computer</source>
   <translation>auf diesem Computer</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>operator</source>
   <translation>Bearbeitung</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order cancelled</source>
   <translation>Auftrag storniert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order changed</source>
   <translation>Auftrag geändert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>other models judge</source>
   <translation>andere Modelle beurteilen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature</source>
   <translation>Passwort zur Unterschrift</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature refused</source>
   <translation>Passwort zur Unterschrift abgelehnt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient number</source>
   <translation>Patientennummer</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>priority</source>
   <translation>Dringlichkeit</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>put into the outbox</source>
   <translation>in den Ausgang gelegt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>re-read begun</source>
   <translation>Nachlesen begonnen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>refused</source>
   <translation>abgelehnt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>repaired</source>
   <translation>instand gesetzt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>report {0}</source>
   <translation>Bericht {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>role of an account</source>
   <translation>Rolle eines Kontos</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rows changed</source>
   <translation>Zeilen geändert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rule</source>
   <translation>Regel</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sealed as found</source>
   <translation>versiegelt wie vorgefunden</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sent</source>
   <translation>gesendet</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>server called</source>
   <translation>Server aufgerufen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sex</source>
   <translation>Geschlecht</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>shared database</source>
   <translation>gemeinsame Datenbank</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sign-in refused</source>
   <translation>Anmeldung abgelehnt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>unterschrieben</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed in</source>
   <translation>angemeldet</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile in force</source>
   <translation>Laborprofil in Kraft</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile retired</source>
   <translation>Laborprofil zurückgezogen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile taught</source>
   <translation>Laborprofil angelernt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profiles compared</source>
   <translation>Laborprofile verglichen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>specimen</source>
   <translation>Probe</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stain</source>
   <translation>Färbung</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>state</source>
   <translation>Stand</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>the clock went back</source>
   <translation>die Uhr ging zurück</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>to be judged again</source>
   <translation>wird erneut beurteilt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token made</source>
   <translation>Zugangsschlüssel erstellt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token refused</source>
   <translation>Zugangsschlüssel abgelehnt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token revoked</source>
   <translation>Zugangsschlüssel widerrufen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>two people sign</source>
   <translation>zwei Personen unterschreiben</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image brought back</source>
   <translation>wartendes Bild zurückgeholt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image removed</source>
   <translation>wartendes Bild entfernt</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image {0}</source>
   <translation>wartendes Bild {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting images sealed as found</source>
   <translation>wartende Bilder versiegelt, wie sie vorgefunden wurden</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what becomes of a broken control rule</source>
   <translation>was bei verletzter Kontrollregel geschieht</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what this workstation remembers did not fit</source>
   <translation>Gemerktes passte nicht zum Protokoll</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>{0} entries</source>
   <translation>{0} Einträge</translation>
  </message>
 </context>
 <context>
  <name>AutomaticCapture</name>
  <message>
   <location filename="automatic_capture.py" />
   <source>All {0} pictures are taken.</source>
   <translation>Alle {0} Bilder sind aufgenommen.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>Picture {0} of {1} in {2:.0f} s</source>
   <translation>Bild {0} von {1} in {2:.0f} s</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>{0} were left out: the disk was too slow.</source>
   <translation>{0} fehlen: der Datenträger war zu langsam.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>“{0}” holds {1} pictures.</source>
   <translation>„{0}“ enthält {1} Bilder.</translation>
  </message>
 </context>
 <context>
  <name>BesidePane</name>
  <message>
   <location filename="beside_pane.py" />
   <source>One zoom</source>
   <translation>Gemeinsamer Zoom</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Second image</source>
   <translation>Zweites Bild</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Show one image only</source>
   <translation>Nur ein Bild zeigen</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The image before, on this side</source>
   <translation>Das Bild davor, auf dieser Seite</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The next image, on this side</source>
   <translation>Das nächste Bild, auf dieser Seite</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Zoom both images together</source>
   <translation>Beide Bilder zusammen zoomen</translation>
  </message>
 </context>
 <context>
  <name>Browser</name>
  <message>
   <location filename="texts.py" />
   <source>Arrow keys go from cell to cell, N to the next unsure one.</source>
   <translation>Pfeiltasten gehen von Zelle zu Zelle, N zur nächsten unsicheren.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Back to the worklist</source>
   <translation>Zurück zur Arbeitsliste</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases</source>
   <translation>Fälle</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases {0} to {1}</source>
   <translation>Fälle {0} bis {1}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: your label is taken back.</source>
   <translation>Zelle {0}: Ihre Kennzeichnung ist zurückgenommen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} has written “{2}” meanwhile. Yours is “{3}”. Nothing of it is lost.</source>
   <translation>Zelle {0}: {1} hat inzwischen „{2}“ geschrieben. Ihres ist „{3}“. Nichts davon ist verloren.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}” meanwhile. You wanted “{3}”. Nothing of it is lost: choose.</source>
   <translation>Zelle {0}: {1} sagt inzwischen „{2}“. Sie wollten „{3}“. Nichts davon ist verloren: wählen Sie.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}”. Say “{3}”.</source>
   <translation>Zelle {0}: {1} sagt „{2}“. „{3}“ sagen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1}.</source>
   <translation>Zelle {0}: {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose all cells shown</source>
   <translation>Alle gezeigten Zellen auswählen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose one cell only</source>
   <translation>Nur eine Zelle auswählen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose several cells</source>
   <translation>Mehrere Zellen auswählen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Every cell has a label.</source>
   <translation>Jede Zelle hat eine Kennzeichnung.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Field with cells</source>
   <translation>Gesichtsfeld mit Zellen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep all of theirs</source>
   <translation>Alle anderen behalten</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep theirs</source>
   <translation>Den anderen behalten</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep “{0}”</source>
   <translation>„{0}“ behalten</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keys of the review</source>
   <translation>Tasten der Durchsicht</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Language</source>
   <translation>Sprache</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Loading…</source>
   <translation>Wird geladen…</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Mine</source>
   <translation>Meines</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Next page</source>
   <translation>Nächste Seite</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No case fits; write less, or choose all states.</source>
   <translation>Kein Fall passt; schreiben Sie weniger, oder wählen Sie alle Zustände.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No unsure cell is left.</source>
   <translation>Keine unsichere Zelle ist übrig.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Nobody can sign in here: accounts are off. An administrator turns them on.</source>
   <translation>Hier kann sich niemand anmelden: Konten sind ausgeschaltet. Ein Administrator schaltet sie ein.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Plus and minus zoom, F shows the whole image, Z the cell, arrow keys move it; with the mouse: wheel and drag.</source>
   <translation>Plus und Minus vergrößern und verkleinern, F zeigt das ganze Bild, Z die Zelle, Pfeiltasten verschieben es; mit der Maus: Rad und Ziehen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Previous page</source>
   <translation>Vorige Seite</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Probability of leukemic</source>
   <translation>Wahrscheinlichkeit für leukämisch</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Save</source>
   <translation>Speichern</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say mine where marked</source>
   <translation>Meine sagen, wo markiert</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say “{0}”</source>
   <translation>„{0}“ sagen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Sign out</source>
   <translation>Abmelden</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Skip to the content</source>
   <translation>Zum Inhalt springen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has changed this case; what you see is up to date again.</source>
   <translation>Jemand anders hat diesen Fall geändert; was Sie sehen, ist wieder aktuell.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has written into the same fields. Say for each which one stands, then save.</source>
   <translation>Jemand anderes hat in dieselben Felder geschrieben. Sagen Sie für jedes, was gelten soll, dann speichern Sie.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else was faster</source>
   <translation>Jemand anders war schneller</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Something unexpected happened; what was saved is there. Try again.</source>
   <translation>Etwas Unerwartetes ist geschehen; was gespeichert wurde, ist da. Versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case has changed since you looked at it. Look at it again, then sign.</source>
   <translation>Der Fall hat sich geändert, seit Sie ihn angesehen haben. Sehen Sie ihn noch einmal an, dann unterschreiben Sie.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case is signed: nothing can be changed.</source>
   <translation>Der Fall ist unterschrieben: nichts kann geändert werden.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The comment is kept.</source>
   <translation>Der Kommentar ist gespeichert.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The header is saved.</source>
   <translation>Die Kopfdaten sind gespeichert.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The server cannot be reached. What you said last is not saved yet: try it again.</source>
   <translation>Der Server ist nicht erreichbar. Was Sie zuletzt gesagt haben, ist noch nicht gespeichert: versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Theirs</source>
   <translation>Das andere</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>There is nothing to undo.</source>
   <translation>Es gibt nichts rückgängig zu machen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>This case is no longer in the list.</source>
   <translation>Dieser Fall steht nicht mehr in der Liste.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Too many calls at once; wait a moment, then go on.</source>
   <translation>Zu viele Anfragen auf einmal; warten Sie einen Moment, dann machen Sie weiter.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Try again</source>
   <translation>Noch einmal versuchen</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: cell {0}.</source>
   <translation>Rückgängig gemacht: Zelle {0}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: {0} cells.</source>
   <translation>Rückgängig: {0} Zellen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Write mine</source>
   <translation>Meinen schreiben</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You are signed out.</source>
   <translation>Sie sind abgemeldet.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out because nothing was done for a while; sign in again.</source>
   <translation>Sie wurden abgemeldet, weil eine Weile nichts getan wurde; melden Sie sich wieder an.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Sie wurden abgemeldet; melden Sie sich wieder an.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your account may look, not decide.</source>
   <translation>Ihr Konto darf ansehen, nicht entscheiden.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your label</source>
   <translation>Ihre Kennzeichnung</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>no label</source>
   <translation>keine Kennzeichnung</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells are chosen: what you say now is said of all of them.</source>
   <translation>{0} Zellen sind ausgewählt: was Sie jetzt sagen, gilt für alle.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells: {1}.</source>
   <translation>{0} Zellen: {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} labels are taken back.</source>
   <translation>{0} Kennzeichnungen sind zurückgenommen.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells have a person’s label</source>
   <translation>{0} von {1} Zellen von einem Menschen gekennzeichnet</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells were labeled by somebody else meanwhile; the others have your label. Mark where yours shall stand.</source>
   <translation>{0} von {1} Zellen hat inzwischen jemand anderes gekennzeichnet; die übrigen haben Ihre Kennzeichnung. Markieren Sie, wo Ihre gelten soll.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}, {1}: {2}</source>
   <translation>{0}, {1}: {2}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}: somebody else wrote “{1}” meanwhile, you wrote “{2}”.</source>
   <translation>{0}: Jemand anderes hat inzwischen „{1}“ geschrieben, Sie „{2}“.</translation>
  </message>
 </context>
 <context>
  <name>CalibrationController</name>
  <message>
   <location filename="calibration.py" />
   <source>Another case is open now; the scale of its images stays as it is.</source>
   <translation>Jetzt ist ein anderer Fall offen; der Maßstab seiner Bilder bleibt, wie er ist.</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>New images are taken at the scale of “{0}”.</source>
   <translation>Neue Bilder gelten im Maßstab von „{0}“.</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>The images of this case are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Die Bilder dieses Falls werden im Maßstab von „{0}“ neu beurteilt; Ihre Kennzeichnungen bleiben.</translation>
  </message>
 </context>
 <context>
  <name>CameraChoice</name>
  <message>
   <location filename="camera_choice.py" />
   <source>Address of the camera, for example rtsp://…</source>
   <translation>Adresse der Kamera, zum Beispiel rtsp://…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Camera</source>
   <translation>Kamera</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Demo smear</source>
   <translation>Demo-Ausstrich</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration</source>
   <translation>Micro-Manager-Konfiguration</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration (*.cfg)</source>
   <translation>Micro-Manager-Konfiguration (*.cfg)</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager…</source>
   <translation>Micro-Manager…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera</source>
   <translation>Netzwerkkamera</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera…</source>
   <translation>Netzwerkkamera…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file</source>
   <translation>Videodatei</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file…</source>
   <translation>Videodatei…</translation>
  </message>
 </context>
 <context>
  <name>CameraSettings</name>
  <message>
   <location filename="camera_settings.py" />
   <source>Automatic</source>
   <translation>Automatisch</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Exposure</source>
   <translation>Belichtung</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Gain</source>
   <translation>Verstärkung</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Let the camera set this by itself</source>
   <translation>Die Kamera stellt das selbst ein</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Rate</source>
   <translation>Bildrate</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Resolution</source>
   <translation>Auflösung</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>White</source>
   <translation>Weiß</translation>
  </message>
 </context>
 <context>
  <name>CapturePage</name>
  <message>
   <location filename="page.py" />
   <source>Choose a camera and start it. The demo smear is always there to practice with.</source>
   <translation>Wählen Sie eine Kamera und starten Sie sie. Der Demo-Ausstrich ist zum Üben immer da.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Freeze</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Go on</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Held. Enter takes it.</source>
   <translation>Angehalten. Eingabe nimmt auf.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It is being opened.</source>
   <translation>Sie wird geöffnet.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Live.</source>
   <translation>Live.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No camera is running</source>
   <translation>Keine Kamera läuft</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start</source>
   <translation>Starten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start camera</source>
   <translation>Kamera starten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Stopp</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This camera cannot be used</source>
   <translation>Diese Kamera kann nicht benutzt werden</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Waiting for the camera</source>
   <translation>Warten auf die Kamera</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0}: {1} pictures/s</source>
   <translation>{0}: {1} Bilder/s</translation>
  </message>
 </context>
 <context>
  <name>CaseBar</name>
  <message>
   <location filename="case_bar.py" />
   <source>Case {0}</source>
   <translation>Fall {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Done</source>
   <translation>Fertig</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Export PDF…</source>
   <translation>PDF exportieren…</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>No case yet</source>
   <translation>Noch kein Fall</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Saved as you type.</source>
   <translation>Wird beim Tippen gespeichert.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>The first image begins one.</source>
   <translation>Das erste Bild beginnt einen.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended</source>
   <translation>geändert</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended, reviewed</source>
   <translation>geändert, durchgesehen</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>no patient named</source>
   <translation>kein Patient genannt</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>open</source>
   <translation>offen</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>operator: {0}</source>
   <translation>bearbeitet von {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>reviewed</source>
   <translation>durchgesehen</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>signed</source>
   <translation>unterschrieben</translation>
  </message>
 </context>
 <context>
  <name>CaseController</name>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is in the list again.</source>
   <translation>Fall {0} ist wieder in der Liste.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is put away.</source>
   <translation>Fall {0} ist weggelegt.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>“{0}” is out of the case.</source>
   <translation>„{0}“ ist aus dem Fall genommen.</translation>
  </message>
 </context>
 <context>
  <name>CaseDetails</name>
  <message>
   <location filename="details.py" />
   <source>Bring back</source>
   <translation>Zurückholen</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Bring the case back first</source>
   <translation>Holen Sie den Fall zuerst zurück</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Erase for good…</source>
   <translation>Endgültig löschen…</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Off the list; it can be brought back from the state “Put away”</source>
   <translation>Von der Liste; kann aus dem Zustand „Weggelegt“ zurückgeholt werden</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Open case</source>
   <translation>Fall öffnen</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Priority</source>
   <translation>Dringlichkeit</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Put away</source>
   <translation>Weggelegt</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Die Patientendaten von diesem Rechner entfernen; niemand kann sie zurückholen</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>The case is in the list again</source>
   <translation>Der Fall ist wieder in der Liste</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>put away</source>
   <translation>weggelegt</translation>
  </message>
 </context>
 <context>
  <name>CaseList</name>
  <message>
   <location filename="case_list.py" />
   <source>Age</source>
   <translation>Alter</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Case</source>
   <translation>Fall</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Changed</source>
   <translation>Geändert</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Images</source>
   <translation>Bilder</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Priority</source>
   <translation>Dringlichkeit</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Specimen, stain</source>
   <translation>Probe, Färbung</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>State</source>
   <translation>Stand</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Unsure · leukemic · healthy</source>
   <translation>Unsicher · leukämisch · gesund</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>geändert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>open</source>
   <translation>offen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>reviewed</source>
   <translation>durchgesehen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>routine</source>
   <translation>Routine</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>unterschrieben</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stat</source>
   <translation>sofort</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>today {0}</source>
   <translation>heute {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>urgent</source>
   <translation>dringend</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} d</source>
   <translation>{0} T</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} failed</source>
   <translation>{0} misslungen</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} h</source>
   <translation>{0} h</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} min</source>
   <translation>{0} min</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} unsure, {1} leukemic, {2} healthy</source>
   <translation>{0} unsicher, {1} leukämisch, {2} gesund</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} waiting</source>
   <translation>{0} warten</translation>
  </message>
 </context>
 <context>
  <name>CaseTable</name>
  <message>
   <location filename="case_table.py" />
   <source>Cases</source>
   <translation>Fälle</translation>
  </message>
 </context>
 <context>
  <name>CellChangesController</name>
  <message>
   <location filename="cell_changes.py" />
   <source>Drag the box to move it, a handle to resize it; arrow keys move, with Shift they resize, and Enter keeps it. Escape gives up.</source>
   <translation>Den Rahmen ziehen, um ihn zu verschieben, einen Griff, um ihn zu ändern; die Pfeiltasten verschieben, mit Umschalt ändern sie die Größe, Enter behält ihn. Escape bricht ab.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Draw a line between the two cells; or move it with the arrow keys, turn it with Shift, and press Enter. Escape gives up.</source>
   <translation>Eine Linie zwischen die beiden Zellen ziehen; oder sie mit den Pfeiltasten verschieben, mit Umschalt drehen und Enter drücken. Escape bricht ab.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Give up</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Only cells of one image can be merged; choose such cells.</source>
   <translation>Nur Zellen eines Bildes können vereint werden; solche Zellen wählen.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell has its new box and was judged again.</source>
   <translation>Die Zelle hat ihren neuen Rahmen und wurde neu beurteilt.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell is two now; both were judged.</source>
   <translation>Aus der Zelle sind zwei geworden; beide wurden beurteilt.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cells are one now; it was judged.</source>
   <translation>Aus den Zellen ist eine geworden; sie wurde beurteilt.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The changed cell is judged …</source>
   <translation>Die geänderte Zelle wird beurteilt …</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Their labels differed, so it has none; look at it.</source>
   <translation>Ihre Beurteilungen waren verschieden, darum hat sie keine; sie ansehen.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>This image is not shown yet; wait for it, or choose another cell.</source>
   <translation>Dieses Bild wird noch nicht gezeigt; darauf warten oder eine andere Zelle wählen.</translation>
  </message>
 </context>
 <context>
  <name>CellClasses</name>
  <message>
   <location filename="class_words.py" />
   <source>ART</source>
   <translation>ART</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Artifacts</source>
   <translation>Artefakte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>BAS</source>
   <translation>BAS</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>BLA</source>
   <translation>BLA</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Basophils</source>
   <translation>Basophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blasts</source>
   <translation>Blasten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>EOS</source>
   <translation>EOS</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophils</source>
   <translation>Eosinophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblasts</source>
   <translation>Erythroblasten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>IG</source>
   <translation>UG</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocytes</source>
   <translation>Unreife Granulozyten</translation>
  </message>
  <message>
   <location filename="class_marks.py" />
   <source>LEUK</source>
   <translation>LEUK</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>LYM</source>
   <translation>LYM</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocytes</source>
   <translation>Lymphozyten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>MON</source>
   <translation>MON</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocytes</source>
   <translation>Monozyten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>NEU</source>
   <translation>NEU</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>NRBC</source>
   <translation>EBL</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>NWC</source>
   <translation>KWZ</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophils</source>
   <translation>Neutrophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cells</source>
   <translation>Keine weißen Zellen</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Not named</source>
   <translation>Nicht benannt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>SMU</source>
   <translation>KSCH</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cells</source>
   <translation>Kernschatten</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>artifact</source>
   <translation>Artefakt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>basophil</source>
   <translation>basophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>blast</source>
   <translation>Blast</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>eosinophil</source>
   <translation>eosinophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>erythroblast</source>
   <translation>Erythroblast</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>immature granulocyte</source>
   <translation>unreifer Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>lymphocyte</source>
   <translation>Lymphozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>monocyte</source>
   <translation>Monozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>neutrophil</source>
   <translation>neutrophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>no white cell</source>
   <translation>keine weiße Blutzelle</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>smudge cell</source>
   <translation>Kernschatten</translation>
  </message>
 </context>
 <context>
  <name>CellDrag</name>
  <message>
   <location filename="cell_drag.py" />
   <source>This cell</source>
   <translation>Diese Zelle</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>let go over a group or a label</source>
   <translation>über einer Gruppe oder einem Label loslassen</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
 </context>
 <context>
  <name>CellEditingController</name>
  <message>
   <location filename="cell_editing.py" />
   <source>Bring cell back</source>
   <translation>Zelle zurückholen</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Draw a box around the whole cell; Escape gives up.</source>
   <translation>Ziehen Sie einen Rahmen um die ganze Zelle; Escape bricht ab.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Give up</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell counts again.</source>
   <translation>Die Zelle zählt wieder.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell in the box is judged …</source>
   <translation>Die Zelle im Rahmen wird beurteilt …</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is in the case.</source>
   <translation>Die Zelle ist im Fall.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is out of the case.</source>
   <translation>Die Zelle ist aus dem Fall genommen.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>This image cannot be shown, so nothing can be drawn on it.</source>
   <translation>Dieses Bild kann nicht gezeigt werden; es kann nichts darauf gezeichnet werden.</translation>
  </message>
 </context>
 <context>
  <name>CellExportCard</name>
  <message>
   <location filename="cell_export_card.py" />
   <source>Cells cut out, for python -m training, and for teaching on another day.</source>
   <translation>Ausgeschnittene Zellen, für python -m training und um an einem anderen Tag zu lehren.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Folder of cells</source>
   <translation>Ordner mit Zellen</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>For an engineer: cells as files</source>
   <translation>Für die Technik: Zellen als Dateien</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout</source>
   <translation>Aufbau</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout of the files</source>
   <translation>Aufbau der Dateien</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Looking for decided cells</source>
   <translation>Entschiedene Zellen werden gesucht</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Save cells as files…</source>
   <translation>Zellen als Dateien speichern…</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>The locked patients too</source>
   <translation>Auch die verschlossenen Patienten</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>This counts as a look at them.</source>
   <translation>Das zählt als Blick auf sie.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>What people decided in reviewed and signed cases, as new files under pseudonyms: no name, number, date or file name of a case is in them.</source>
   <translation>Was Menschen in geprüften und unterschriebenen Fällen entschieden haben, als neue Dateien unter Pseudonymen: kein Name, keine Nummer, kein Datum und kein Dateiname eines Falls steht darin.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Whole images with boxes and classes of all cells in them.</source>
   <translation>Ganze Bilder mit Rahmen und Klassen aller Zellen darin.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>{0} of {1} written</source>
   <translation>{0} von {1} geschrieben</translation>
  </message>
 </context>
 <context>
  <name>CellExportController</name>
  <message>
   <location filename="cell_export.py" />
   <source>Folder for the cells: an empty one, or one in which a folder is made for them</source>
   <translation>Ordner für die Zellen: ein leerer, oder einer, in dem ein Ordner für sie angelegt wird</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Stopped: no cell has left.</source>
   <translation>Angehalten: keine Zelle ist hinausgegangen.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} cells of {1} patients were written to “{2}”. Look at the images before they leave: what is written on a slide is still there.</source>
   <translation>{0} Zellen von {1} Patienten wurden nach „{2}“ geschrieben. Die Bilder ansehen, bevor sie hinausgehen: was auf einem Objektträger geschrieben steht, ist noch da.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} locked patients stayed.</source>
   <translation>{0} weggeschlossene Patienten sind geblieben.</translation>
  </message>
 </context>
 <context>
  <name>CellGallery</name>
  <message>
   <location filename="cell_orders.py" />
   <source>All cells</source>
   <translation>Alle Zellen</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>All {0}</source>
   <translation>Alle {0}</translation>
  </message>
  <message>
   <location filename="gallery.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Cells appear here as they are found.</source>
   <translation>Zellen erscheinen hier, sobald sie gefunden sind.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Clusters of cells</source>
   <translation>Zellhaufen</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Cut off by the edge</source>
   <translation>Vom Rand abgeschnitten</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Drawn by a person</source>
   <translation>Von einer Person eingezeichnet</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>Group of cells</source>
   <translation>Gruppe von Zellen</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Healthy first</source>
   <translation>Gesunde zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Image quality in doubt</source>
   <translation>Bildqualität zweifelhaft</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Labeled by a person</source>
   <translation>Vom Menschen gekennzeichnet</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest disagreement first</source>
   <translation>Größte Uneinigkeit zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest first</source>
   <translation>Größte zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Leukemic first</source>
   <translation>Leukämische zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Models disagree</source>
   <translation>Modelle uneins</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most doubtful first</source>
   <translation>Zweifelhafteste zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most unusual first</source>
   <translation>Ungewöhnlichste zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most useful next</source>
   <translation>Nützlichste zuerst</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>No cell of this case is in this choice: choose another one, or show all.</source>
   <translation>Keine Zelle dieses Falls gehört zu dieser Auswahl: wählen Sie eine andere oder zeigen Sie alle.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Not labeled by a person</source>
   <translation>Nicht vom Menschen gekennzeichnet</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Order of cells</source>
   <translation>Reihenfolge der Zellen</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Reading order</source>
   <translation>Lesereihenfolge</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Removed by a person</source>
   <translation>Von Menschen entfernt</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Show all cells</source>
   <translation>Alle Zellen zeigen</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Smallest first</source>
   <translation>Kleinste zuerst</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Unlike the training data</source>
   <translation>Anders als die Trainingsdaten</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Which cells</source>
   <translation>Welche Zellen</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} cells</source>
   <translation>{0} von {1} Zellen</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} removed</source>
   <translation>{0} von {1} entfernten</translation>
  </message>
 </context>
 <context>
  <name>CellList</name>
  <message>
   <location filename="cell_list.py" />
   <source>Cell {0}</source>
   <translation>Zelle {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>a person</source>
   <translation>einer Person</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>drawn by {0}</source>
   <translation>gezeichnet von {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>labeled by {0}</source>
   <translation>gekennzeichnet von {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>removed by {0}</source>
   <translation>entfernt von {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>{0} remarks: {1}</source>
   <translation>{0} bemerkt: {1}</translation>
  </message>
 </context>
 <context>
  <name>CellMenu</name>
  <message>
   <location filename="cell_menu.py" />
   <source>This cell</source>
   <translation>Diese Zelle</translation>
  </message>
  <message>
   <location filename="cell_menu.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
 </context>
 <context>
  <name>CellsCard</name>
  <message>
   <location filename="cells_card.py" />
   <source>A folder of labeled cells</source>
   <translation>Ein Ordner benannter Zellen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells of each patient</source>
   <translation>Zellen je Patient</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells that were decided in reviewed or signed cases count, under pseudonyms of their patients. Or take a folder, sorted as CLASS/PATIENT/image: choose it, or drop it here. Useful are 20 cells of 3 patients of each class.</source>
   <translation>Es zählen Zellen, die in geprüften oder unterschriebenen Fällen entschieden wurden, unter Pseudonymen ihrer Patienten. Oder ein Ordner, sortiert als KLASSE/PATIENT/Bild: wählen oder hier ablegen. Nützlich sind 20 Zellen von 3 Patienten je Klasse.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Choose a folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Class</source>
   <translation>Klasse</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Go on: teach</source>
   <translation>Weiter: lehren</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Images that are there twice and count once: {0}.</source>
   <translation>Doppelt vorhandene Bilder, die einmal zählen: {0}.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Left out</source>
   <translation>Ausgelassen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Mikroskop: Kamera und Objektiv</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Missing</source>
   <translation>Es fehlen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Nothing is missing.</source>
   <translation>Nichts fehlt.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Of these</source>
   <translation>Davon</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Patients</source>
   <translation>Patienten</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take cells of reviewed cases</source>
   <translation>Zellen geprüfter Fälle nehmen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take only cells of this one</source>
   <translation>Nur Zellen dieses Mikroskops nehmen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>To be settled: images under labels that differ</source>
   <translation>Zu klären: Bilder unter verschiedenen Namen</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Which cells have people named?</source>
   <translation>Welche Zellen haben Menschen benannt?</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>You can teach with these; with what is missing, it can be told whether it is better.</source>
   <translation>Damit kann gelehrt werden; mit dem, was fehlt, lässt sich sagen, ob es besser ist.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>and {0} more</source>
   <translation>und {0} weitere</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>nothing</source>
   <translation>nichts</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} Zellen von {1} Patienten in {2}</translation>
  </message>
 </context>
 <context>
  <name>ChartPlot</name>
  <message>
   <location filename="chart_plot.py" />
   <source>Chart: {0}</source>
   <translation>Karte: {0}</translation>
  </message>
  <message>
   <location filename="chart_plot.py" />
   <source>{0} (left out)</source>
   <translation>{0} (ausgelassen)</translation>
  </message>
 </context>
 <context>
  <name>ChartsView</name>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of which nobody knows what they were taken with</source>
   <translation>Tägliche Fälle, von denen niemand weiß, womit sie aufgenommen wurden</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of {0}</source>
   <translation>Tägliche Fälle von {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Left out: {0}</source>
   <translation>Ausgelassen: {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Run {0}, {1}, {2} fields, {3}.</source>
   <translation>Lauf {0}, {1}, {2} Felder, {3}.</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>{0}: {1} cells of the daily cases.</source>
   <translation>{0}: {1} Zellen der täglichen Fälle.</translation>
  </message>
 </context>
 <context>
  <name>Checklist</name>
  <message>
   <location filename="checklist.py" />
   <source>All images are judged.</source>
   <translation>Alle Bilder sind beurteilt.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Daily control reports nothing.</source>
   <translation>Die tägliche Kontrolle meldet nichts.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No cell was judged in this case.</source>
   <translation>In diesem Fall wurde keine Zelle beurteilt.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No person has decided on a cell: the program's labels count.</source>
   <translation>Kein Mensch hat über eine Zelle entschieden: Es zählen die Urteile des Programms.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No unsure cell waits for a person.</source>
   <translation>Keine unsichere Zelle wartet auf einen Menschen.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Show</source>
   <translation>Zeigen</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Somebody else must sign.</source>
   <translation>Jemand anderes muss unterschreiben.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>The quality of all images is good.</source>
   <translation>Die Qualität aller Bilder ist gut.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>in the way</source>
   <translation>steht im Weg</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>look at it</source>
   <translation>ansehen</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>well</source>
   <translation>in Ordnung</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells are unsure and wait for a person.</source>
   <translation>{0} von {1} Zellen sind unsicher und warten auf einen Menschen.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells were decided by a person: {2}.</source>
   <translation>{0} von {1} Zellen hat ein Mensch entschieden: {2}.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are not judged yet.</source>
   <translation>{0} von {1} Bildern sind noch nicht beurteilt.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are of poor quality.</source>
   <translation>{0} von {1} Bildern sind von geringer Qualität.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images could not be judged.</source>
   <translation>{0} von {1} Bildern konnten nicht beurteilt werden.</translation>
  </message>
 </context>
 <context>
  <name>ClassKeysTable</name>
  <message>
   <location filename="class_keys_table.py" />
   <source>A key is one letter or one digit; choose another one.</source>
   <translation>Eine Taste ist ein Buchstabe oder eine Ziffer; wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>As on a bench counter</source>
   <translation>Wie am Zählgerät</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Give every class its first key again</source>
   <translation>Jeder Klasse wieder ihre erste Taste geben</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Key for “{0}”</source>
   <translation>Taste für „{0}“</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} is for “{1}”; choose another one.</source>
   <translation>Die Taste {0} ist für „{1}“; wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} names “{1}”; give that class another key first.</source>
   <translation>Die Taste {0} nennt „{1}“; geben Sie erst dieser Klasse eine andere Taste.</translation>
  </message>
 </context>
 <context>
  <name>ClassStep</name>
  <message>
   <location filename="class_step.py" />
   <source>0 healthy, 1 leukemic</source>
   <translation>0 gesund, 1 leukämisch</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>0 leukemic, 1 healthy</source>
   <translation>0 leukämisch, 1 gesund</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Benign, Early, Pre, Pro, or what class_indices prints</source>
   <translation>Benign, Early, Pre, Pro, oder was class_indices ausgibt</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose for each class what it means.</source>
   <translation>Für jede Klasse wählen, was sie bedeutet.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose…</source>
   <translation>Wählen…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Classes</source>
   <translation>Klassen</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Folder that it was trained on</source>
   <translation>Ordner, mit dem es trainiert wurde</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>From a folder…</source>
   <translation>Aus einem Ordner…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of its figures. What each means is proposed from its name.</source>
   <translation>In der Reihenfolge seiner Werte. Was jeder bedeutet, wird aus seinem Namen vorgeschlagen.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of the model's figures, as it was trained with them</source>
   <translation>In der Reihenfolge der Werte des Modells, wie es mit ihnen trainiert wurde</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>More or other classes</source>
   <translation>Mehr oder andere Klassen</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Names of the classes</source>
   <translation>Namen der Klassen</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Output</source>
   <translation>Ausgabe</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Proposed from the names: look whether it is right.</source>
   <translation>Aus den Namen vorgeschlagen: prüfen, ob es stimmt.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The folder that it was trained on: Keras numbers its folders in the order of the alphabet</source>
   <translation>Der Ordner, mit dem es trainiert wurde: Keras nummeriert dessen Ordner nach dem Alphabet</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures. Names propose what each means; or choose it yourself below.</source>
   <translation>Das Modell gibt {0} Werte. Namen schlagen vor, was jeder bedeutet; oder unten selbst wählen.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures: choose “More or other classes” and say what each means.</source>
   <translation>Das Modell gibt {0} Werte: „Mehr oder andere Klassen“ wählen und angeben, was jeder bedeutet.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The only one that fits</source>
   <translation>Die einzige, die passt</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What class {0} means</source>
   <translation>Was Klasse {0} bedeutet</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What its outputs mean</source>
   <translation>Was seine Ausgaben bedeuten</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Which of the model's outputs says what a cell is</source>
   <translation>Welche Ausgabe des Modells sagt, was eine Zelle ist</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Write down the names of the model's classes, in the order of its figures.</source>
   <translation>Die Namen der Klassen des Modells eintragen, in der Reihenfolge seiner Werte.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>healthy</source>
   <translation>gesund</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>leukemic</source>
   <translation>leukämisch</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>neither (other)</source>
   <translation>keins von beiden (other)</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0} classes are named, but the model gives figures for {1}.</source>
   <translation>{0} Klassen sind benannt, aber das Modell gibt Werte für {1}.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0}, {1} figures</source>
   <translation>{0}, {1} Werte</translation>
  </message>
 </context>
 <context>
  <name>ClosingController</name>
  <message>
   <location filename="closing.py" />
   <source>The window stays open, since not everything could be saved: {0}</source>
   <translation>Das Fenster bleibt offen, weil nicht alles gespeichert werden konnte: {0}</translation>
  </message>
  <message>
   <location filename="closing.py" />
   <source>Try again and close</source>
   <translation>Noch einmal versuchen und schließen</translation>
  </message>
 </context>
 <context>
  <name>CommentField</name>
  <message>
   <location filename="comment_field.py" />
   <source>Comment on the cell</source>
   <translation>Kommentar zur Zelle</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>It stands in the report beside the cell; Enter keeps it, Escape takes it back</source>
   <translation>Er steht im Bericht neben der Zelle; Enter behält ihn, Escape nimmt ihn zurück</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>a person</source>
   <translation>eine Person</translation>
  </message>
 </context>
 <context>
  <name>CommitmentPanel</name>
  <message>
   <location filename="commitment_panel.py" />
   <source>Archive’s answers come to</source>
   <translation>Antworten des Archivs kommen an</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Asked for</source>
   <translation>Verlangt</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Hears the archive on {0}.</source>
   <translation>Hört das Archiv auf {0}.</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Not asked for</source>
   <translation>Nicht verlangt</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Storage commitment</source>
   <translation>Aufbewahrungszusage</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>The archive is asked whether it keeps what was sent; the outbox shows what it says of each object. An archive that answers on a line of its own needs the address above.</source>
   <translation>Das Archiv wird gefragt, ob es das Gesendete aufbewahrt; der Postausgang zeigt, was es zu jedem Objekt sagt. Ein Archiv, das über eine eigene Verbindung antwortet, braucht die Adresse oben.</translation>
  </message>
 </context>
 <context>
  <name>ConclusionForm</name>
  <message>
   <location filename="conclusion_form.py" />
   <source>Conclusion</source>
   <translation>Beurteilung</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Put one of the lab’s phrases in; the Settings page has them</source>
   <translation>Einen Textbaustein des Labors einfügen; sie stehen in den Einstellungen</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Standard phrases</source>
   <translation>Textbausteine</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>What the result means, in your words; stands on top of the report</source>
   <translation>Was das Ergebnis bedeutet, in eigenen Worten; steht oben im Bericht</translation>
  </message>
 </context>
 <context>
  <name>ControlCamera</name>
  <message>
   <location filename="control_camera.py" />
   <source>Begin again</source>
   <translation>Von vorn</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure the fields</source>
   <translation>Felder vermessen</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure {0} fields</source>
   <translation>{0} Felder vermessen</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start camera</source>
   <translation>Kamera starten</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start the camera, then take three fields at least, better five.</source>
   <translation>Starten Sie die Kamera, und nehmen Sie mindestens drei Felder auf, besser fünf.</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Stop camera</source>
   <translation>Kamera anhalten</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Take this field</source>
   <translation>Dieses Feld nehmen</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Waiting for the camera</source>
   <translation>Warten auf die Kamera</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>{0} of {1} fields are taken; move the slide between two.</source>
   <translation>{0} von {1} Feldern sind aufgenommen; bewegen Sie das Präparat zwischen zweien.</translation>
  </message>
 </context>
 <context>
  <name>ControlChartController</name>
  <message>
   <location filename="control_charts.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Ein Kontrollpräparat wird schon vermessen; warten Sie, oder brechen Sie das zuerst ab.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Fields of a control slide</source>
   <translation>Felder eines Kontrollpräparats</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Folder of a control slide</source>
   <translation>Ordner eines Kontrollpräparats</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Bilder ({0});;Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Run {0} counts no longer.</source>
   <translation>Lauf {0} zählt nicht mehr.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Save monthly sheet</source>
   <translation>Monatsblatt speichern</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Saved as “{0}”.</source>
   <translation>Gespeichert als „{0}“.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Stopped: no run was kept.</source>
   <translation>Abgebrochen: Kein Lauf wurde aufbewahrt.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} fields of {1} were measured.</source>
   <translation>{0} Felder von {1} wurden vermessen.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} images were left out. The first, {1}: {2}</source>
   <translation>{0} Bilder wurden ausgelassen. Das erste, {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>ControlPanel</name>
  <message>
   <location filename="control_panel.py" />
   <source>A control slide that is measured each day shows when stain, lamp, focus or white balance drift.</source>
   <translation>Ein Kontrollpräparat, das täglich vermessen wird, zeigt, wenn Färbung, Lampe, Schärfe oder Weißabgleich abdriften.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>In control</source>
   <translation>In Ordnung</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Last run</source>
   <translation>Letzter Lauf</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measure control slide</source>
   <translation>Kontrollpräparat vermessen</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measured today at {0}.</source>
   <translation>Heute um {0} vermessen.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Microscope: camera and objective</source>
   <translation>Mikroskop: Kamera und Objektiv</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Month</source>
   <translation>Monat</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not known</source>
   <translation>Nicht bekannt</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not measured today; last on {0}.</source>
   <translation>Heute nicht vermessen; zuletzt am {0}.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Nothing was measured yet.</source>
   <translation>Noch wurde nichts vermessen.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Out of control: {0}</source>
   <translation>Außer Kontrolle: {0}</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Put the control slide under the microscope, and measure at least three fields of it.</source>
   <translation>Legen Sie das Kontrollpräparat unter das Mikroskop, und vermessen Sie mindestens drei Felder davon.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Save monthly sheet…</source>
   <translation>Monatsblatt speichern…</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Sheet of a month</source>
   <translation>Blatt eines Monats</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>The first runs are gathered that limits are set from.</source>
   <translation>Die ersten Läufe werden gesammelt, aus denen die Grenzen entstehen.</translation>
  </message>
 </context>
 <context>
  <name>ControlPart</name>
  <message>
   <location filename="control_part.py" />
   <source>Keep a stained smear of ordinary blood as control slide and measure it each day. From twenty runs on its figures have limits, and what drifts is named here.</source>
   <translation>Bewahren Sie einen gefärbten Ausstrich gewöhnlichen Bluts als Kontrollpräparat auf, und vermessen Sie ihn täglich. Ab zwanzig Läufen haben seine Werte Grenzen, und was abdriftet, wird hier genannt.</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>Measure control slide</source>
   <translation>Kontrollpräparat vermessen</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>No control run yet</source>
   <translation>Noch kein Kontrolllauf</translation>
  </message>
 </context>
 <context>
  <name>ConvertingWindow</name>
  <message>
   <location filename="converting.py" />
   <source>Closing the cases …</source>
   <translation>Die Fälle werden geschlossen …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stopping …</source>
   <translation>Wird angehalten …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The backup is being put back</source>
   <translation>Die Sicherung wird zurückgespielt</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are being encrypted</source>
   <translation>Die Fälle werden verschlüsselt</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are written in the clear</source>
   <translation>Die Fälle werden unverschlüsselt abgelegt</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. Until the backup is checked once more it can be stopped.</source>
   <translation>Das Programm öffnet sich von selbst wieder. Bis die Sicherung noch einmal geprüft ist, lässt es sich anhalten.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. What is done stays when you stop it, and it goes on later.</source>
   <translation>Das Programm öffnet sich von selbst wieder. Was getan ist, bleibt, wenn Sie es anhalten, und es geht später weiter.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>{0} of {1} files</source>
   <translation>{0} von {1} Dateien</translation>
  </message>
 </context>
 <context>
  <name>CountSheet</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Compare with</source>
   <translation>Vergleichen mit</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Count table</source>
   <translation>Zähltabelle</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Target</source>
   <translation>Ziel</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>This image</source>
   <translation>Dieses Bild</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>What is counted</source>
   <translation>Was gezählt wird</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Whole case</source>
   <translation>Ganzer Fall</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>no other case</source>
   <translation>kein anderer Fall</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
 </context>
 <context>
  <name>CountTable</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Case {0}</source>
   <translation>Fall {0}</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells counted</source>
   <translation>Gezählte Zellen</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Share (95 % interval)</source>
   <translation>Anteil (95-%-Intervall)</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Verdict</source>
   <translation>Urteil</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; enough</source>
   <translation>{0} von {1} Zellen; genug</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; {2} to go</source>
   <translation>{0} von {1} Zellen; noch {2}</translation>
  </message>
 </context>
 <context>
  <name>DecisionController</name>
  <message>
   <location filename="decisions.py" />
   <source>Nothing was changed: a decision needs the name of who decides.</source>
   <translation>Nichts wurde geändert: Eine Entscheidung braucht den Namen dessen, der entscheidet.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Redo</source>
   <translation>Wiederherstellen</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>What you changed waits for your name. Write it, or press Escape to leave it unchanged.</source>
   <translation>Ihre Änderung wartet auf Ihren Namen. Schreiben Sie ihn, oder lassen Sie mit Escape alles, wie es war.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who decides? Your name stands beside it, on the report and in the audit trail.</source>
   <translation>Wer entscheidet? Ihr Name steht daneben, im Bericht und im Prüfprotokoll.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who works here from now on? It holds until midnight.</source>
   <translation>Wer arbeitet ab jetzt hier? Es gilt bis Mitternacht.</translation>
  </message>
 </context>
 <context>
  <name>DecryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who takes this computer, its disk or a new backup can read the cases then. Backups that are encrypted stay so, and need the recovery key or this user’s keyring. The window closes while it is done, and opens again; it can be stopped, and goes on later.</source>
   <translation>Wer diesen Computer, seine Platte oder eine neue Sicherung mitnimmt, kann die Fälle dann lesen. Verschlüsselte Sicherungen bleiben es und brauchen den Wiederherstellungsschlüssel oder den Schlüsselbund dieses Benutzers. Das Fenster schließt sich währenddessen und öffnet sich wieder; es lässt sich anhalten und später fortsetzen.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write in the clear</source>
   <translation>Unverschlüsselt ablegen</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write the cases in the clear again</source>
   <translation>Fälle wieder unverschlüsselt ablegen</translation>
  </message>
 </context>
 <context>
  <name>DifferentialTable</name>
  <message>
   <location filename="differential_table.py" />
   <source>Blasts among the mononuclear cells: {0} of {1}, {2}.</source>
   <translation>Blasten unter den mononukleären Zellen: {0} von {1}, {2}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>By a person</source>
   <translation>Von Personen</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Class</source>
   <translation>Klasse</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Erythroblasts: {0} for 100 white cells (95 % interval {1} to {2}).</source>
   <translation>Erythroblasten: {0} auf 100 weiße Zellen (95-%-Intervall {1} bis {2}).</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Fewer than {0} white cells were counted: the percentages say little.</source>
   <translation>Weniger als {0} weiße Zellen wurden gezählt: Die Prozente sagen wenig.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Not counted: {0}.</source>
   <translation>Nicht gezählt: {0}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Percent (95 % interval)</source>
   <translation>Prozent (95-%-Intervall)</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>cut off by the edge: {0}</source>
   <translation>vom Rand abgeschnitten: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>erythroblasts: {0}</source>
   <translation>Erythroblasten: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>in clusters: {0}</source>
   <translation>in Haufen: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>no white cells: {0}</source>
   <translation>keine weißen Zellen: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} more cells would make every percentage certain within 3 %.</source>
   <translation>Mit {0} Zellen mehr wäre jeder Prozentsatz auf 3 % genau.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} of {1} cells were counted.</source>
   <translation>{0} von {1} Zellen wurden gezählt.</translation>
  </message>
 </context>
 <context>
  <name>DirectoryPanel</name>
  <message>
   <location filename="directory_panel.py" />
   <source>Address</source>
   <translation>Adresse</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Administrator</source>
   <translation>Verwalter</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Asking the directory…</source>
   <translation>Das Verzeichnis wird gefragt …</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Attribute of the name</source>
   <translation>Attribut des Namens</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>File of the search account</source>
   <translation>Datei des Suchkontos</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of administrators</source>
   <translation>Gruppen der Verwalter</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of reviewers</source>
   <translation>Gruppen der Prüfer</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of technicians</source>
   <translation>Gruppen der MTL</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Its name, and below its password</source>
   <translation>Sein Name, darunter sein Passwort</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Off: only accounts of the laboratory sign in.</source>
   <translation>Aus: Nur Konten des Labors melden sich an.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>On: people sign in by their name and password of the hospital; accounts of the laboratory go first.</source>
   <translation>Ein: Man meldet sich mit Name und Passwort des Krankenhauses an; Konten des Labors gehen vor.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM; leer: die dieses Computers</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>People and groups below</source>
   <translation>Personen und Gruppen unter</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Reviewer</source>
   <translation>Prüfer</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Set directory</source>
   <translation>Verzeichnis einstellen</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Sign-in name to try</source>
   <translation>Anmeldename zum Probieren</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Technician</source>
   <translation>MTL</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory answers.</source>
   <translation>Das Verzeichnis antwortet.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is off.</source>
   <translation>Das Verzeichnis ist ausgeschaltet.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is set.</source>
   <translation>Das Verzeichnis ist eingestellt.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Trusted certificates</source>
   <translation>Vertraute Zertifikate</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Try it</source>
   <translation>Probieren</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Without a search account</source>
   <translation>Ohne Suchkonto</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>cn=group,ou=groups,dc=…; several with ;</source>
   <translation>cn=gruppe,ou=gruppen,dc=…; mehrere mit ;</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is found there. Role: {1}.</source>
   <translation>{0} ist dort bekannt. Rolle: {1}.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is in none of these groups.</source>
   <translation>{0} ist in keiner dieser Gruppen.</translation>
  </message>
 </context>
 <context>
  <name>DisplayCard</name>
  <message>
   <location filename="display_card.py" />
   <source>Brightness</source>
   <translation>Helligkeit</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Click on empty glass in the image; Escape leaves it.</source>
   <translation>Im Bild auf leeres Glas klicken; Esc bricht ab.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Close; the display stays changed</source>
   <translation>Schließen; die Anzeige bleibt verändert</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Contrast</source>
   <translation>Kontrast</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Display</source>
   <translation>Anzeige</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Gamma</source>
   <translation>Gamma</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Only the display changes: what is judged, exported and reported stays as it is.</source>
   <translation>Nur die Anzeige ändert sich: Beurteilung, Export und Bericht bleiben, wie sie sind.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Reset</source>
   <translation>Zurücksetzen</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Set white</source>
   <translation>Weiß setzen</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Show images as they are</source>
   <translation>Bilder zeigen, wie sie sind</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Then click on empty glass: that place becomes neutral</source>
   <translation>Danach auf leeres Glas klicken: diese Stelle wird neutral</translation>
  </message>
 </context>
 <context>
  <name>DisplayController</name>
  <message>
   <location filename="display.py" />
   <source>That place is too dark for empty glass; click on a bright one between the cells.</source>
   <translation>Diese Stelle ist zu dunkel für leeres Glas; auf eine helle zwischen den Zellen klicken.</translation>
  </message>
 </context>
 <context>
  <name>DragDropController</name>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to add to case {0}</source>
   <translation>Ablegen, um zu Fall {0} hinzuzufügen</translation>
  </message>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to start a new case</source>
   <translation>Ablegen, um einen neuen Fall zu beginnen</translation>
  </message>
 </context>
 <context>
  <name>EncryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>A recovery key is shown once, now. Without it nobody can read the cases or their backups when this computer is lost, and nobody can make it again.</source>
   <translation>Jetzt wird einmal ein Wiederherstellungsschlüssel gezeigt. Ohne ihn kann niemand die Fälle oder ihre Sicherungen lesen, wenn dieser Computer verloren geht, und niemand kann ihn neu machen.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Backups that were written before stay as they are, and deleted files can be found on the disk until it writes over them: encrypt the disk too.</source>
   <translation>Früher geschriebene Sicherungen bleiben, wie sie sind, und gelöschte Dateien sind auf der Platte zu finden, bis sie überschrieben werden: Verschlüsseln Sie auch die Platte.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt now</source>
   <translation>Jetzt verschlüsseln</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt the cases on this computer</source>
   <translation>Fälle auf diesem Computer verschlüsseln</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Lock it away, not in this computer. Who has it can read the cases. It is not shown again.</source>
   <translation>Schließen Sie ihn weg, nicht in diesem Computer. Wer ihn hat, kann die Fälle lesen. Er wird nicht noch einmal gezeigt.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Print…</source>
   <translation>Drucken…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Wiederherstellungsschlüssel</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Save as PDF…</source>
   <translation>Als PDF speichern…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Show the recovery key</source>
   <translation>Wiederherstellungsschlüssel zeigen</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>That is not what stands there; read it from your copy again.</source>
   <translation>Das steht dort nicht; lesen Sie es noch einmal von Ihrer Kopie ab.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>The window closes while it is done, and opens again: about a minute for a thousand images. It can be stopped, and goes on later; nothing is lost.</source>
   <translation>Das Fenster schließt sich währenddessen und öffnet sich wieder: etwa eine Minute für tausend Bilder. Es lässt sich anhalten und später fortsetzen; nichts geht verloren.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type group {0} from your copy</source>
   <translation>Gruppe {0} von Ihrer Kopie abtippen</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who then takes the disk or a backup reads nothing. Images open a few thousandths of a second later. Files that you export stay readable for everybody.</source>
   <translation>Wer dann die Platte oder eine Sicherung mitnimmt, liest nichts. Bilder öffnen sich einige Tausendstelsekunden später. Dateien, die Sie exportieren, bleiben für alle lesbar.</translation>
  </message>
 </context>
 <context>
  <name>EncryptionController</name>
  <message>
   <location filename="encryption.py" />
   <source>Choose a folder outside of the program’s own, on another drive at best.</source>
   <translation>Wählen Sie einen Ordner außerhalb der eigenen des Programms, am besten auf einem anderen Laufwerk.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>It cannot be written there; choose another folder.</source>
   <translation>Dort kann nicht geschrieben werden; wählen Sie einen anderen Ordner.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Save the recovery key on another drive</source>
   <translation>Wiederherstellungsschlüssel auf einem anderen Laufwerk speichern</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are encrypted, and their key is not here.</source>
   <translation>Die Fälle sind verschlüsselt, und ihr Schlüssel ist nicht hier.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are locked</source>
   <translation>Die Fälle sind gesperrt</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Type the recovery key…</source>
   <translation>Wiederherstellungsschlüssel eingeben…</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>recovery key</source>
   <translation>Wiederherstellungsschlüssel</translation>
  </message>
 </context>
 <context>
  <name>EncryptionPanel</name>
  <message>
   <location filename="encryption_panel.py" />
   <source>Cases, images, reports, the outbox, daily copies and new backups are encrypted. What you export is not.</source>
   <translation>Fälle, Bilder, Berichte, Postausgang, tägliche Kopien und neue Sicherungen sind verschlüsselt. Was Sie exportieren, ist es nicht.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Encrypt the cases…</source>
   <translation>Fälle verschlüsseln…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Go on…</source>
   <translation>Fortsetzen…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Half done: {0} files are still in the clear.</source>
   <translation>Halb fertig: {0} Dateien sind noch unverschlüsselt.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Off</source>
   <translation>Aus</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>On</source>
   <translation>An</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The cases are in a shared database; its server encrypts them.</source>
   <translation>Die Fälle liegen in einer gemeinsamen Datenbank; deren Server verschlüsselt sie.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The key is in this user’s keyring.</source>
   <translation>Der Schlüssel liegt im Schlüsselbund dieses Benutzers.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>There is no keyring here: the key is in a file of this user. Encrypt this disk too.</source>
   <translation>Hier gibt es keinen Schlüsselbund: Der Schlüssel liegt in einer Datei dieses Benutzers. Verschlüsseln Sie auch diese Platte.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Turning encryption off was interrupted; some files are encrypted, others are not.</source>
   <translation>Das Abschalten der Verschlüsselung wurde unterbrochen; einige Dateien sind verschlüsselt, andere nicht.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Who takes this computer, its disk or a backup can read the cases.</source>
   <translation>Wer diesen Computer, seine Platte oder eine Sicherung mitnimmt, kann die Fälle lesen.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Write them in the clear again…</source>
   <translation>Wieder unverschlüsselt ablegen…</translation>
  </message>
 </context>
 <context>
  <name>EraseSheet</name>
  <message>
   <location filename="erase_sheet.py" />
   <source>Case {0}</source>
   <translation>Fall {0}</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase a case for good</source>
   <translation>Einen Fall endgültig löschen</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase for good</source>
   <translation>Endgültig löschen</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Looking for backups that hold it …</source>
   <translation>Sicherungen, die ihn enthalten, werden gesucht …</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>No backup of this computer holds it. Look for copies elsewhere yourself.</source>
   <translation>Keine Sicherung auf diesem Rechner enthält ihn. Suchen Sie Kopien an anderen Orten selbst.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Patient, images, findings, labels, signed reports and messages of this case are removed from here, and every word of it in the audit trail. Nobody can bring it back. To take it off the list only, put it away.</source>
   <translation>Patient, Bilder, Befunde, Kennzeichnungen, unterschriebene Berichte und Nachrichten dieses Falls werden hier entfernt, ebenso jedes Wort von ihm im Prüfprotokoll. Niemand kann ihn zurückholen. Um ihn nur von der Liste zu nehmen, legen Sie ihn weg.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason</source>
   <translation>Grund</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason; it stays in the audit trail, so write no name and no number</source>
   <translation>Grund; er bleibt im Prüfprotokoll, schreiben Sie also keinen Namen und keine Nummer</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>These backups still hold it; remove them yourself where you must:</source>
   <translation>Diese Sicherungen enthalten ihn noch; entfernen Sie sie selbst, wo Sie es müssen:</translation>
  </message>
 </context>
 <context>
  <name>ErasingController</name>
  <message>
   <location filename="erasing.py" />
   <source>The case is being erased; freed space is overwritten …</source>
   <translation>Der Fall wird gelöscht; frei gewordener Platz wird überschrieben …</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The case is erased for good.</source>
   <translation>Der Fall ist endgültig gelöscht.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The database server may hold freed pages and archives: ask its administrator for VACUUM FULL and to let old archives go.</source>
   <translation>Der Datenbankserver kann freigegebene Seiten und Archive behalten: Bitten Sie seinen Administrator um VACUUM FULL und darum, alte Archive zu löschen.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>These backups still hold it: {0}.</source>
   <translation>Diese Sicherungen enthalten ihn noch: {0}.</translation>
  </message>
 </context>
 <context>
  <name>ExamplesPart</name>
  <message>
   <location filename="examples_part.py" />
   <source>Cells of the laboratory’s own cases, as people decided them. No patient is named here.</source>
   <translation>Zellen aus den eigenen Fällen des Labors, wie Menschen sie entschieden haben. Hier wird kein Patient genannt.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Decided: {0}</source>
   <translation>Entschieden: {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Go to the cells</source>
   <translation>Zu den Zellen</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Keep this cell as an example no longer</source>
   <translation>Diese Zelle nicht mehr als Beispiel behalten</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Kept: {0}</source>
   <translation>Behalten: {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>No example yet</source>
   <translation>Noch kein Beispiel</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Press K on a cell that you have named: it is kept here, as an example of its class.</source>
   <translation>Drücken Sie K auf einer Zelle, die Sie benannt haben: sie wird hier behalten, als Beispiel ihrer Klasse.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>a person</source>
   <translation>eine Person</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>{0}: {1}</source>
   <translation>{0}: {1}</translation>
  </message>
 </context>
 <context>
  <name>ExportController</name>
  <message>
   <location filename="exporting.py" />
   <source>Choose a folder for the {0} files</source>
   <translation>Ordner für die {0}-Dateien wählen</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Export without the patient’s data</source>
   <translation>Ohne Patientendaten exportieren</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Nobody has set yet where this goes.</source>
   <translation>Noch ist nicht eingestellt, wohin dies geht.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Printing page {0} of {1} …</source>
   <translation>Seite {0} von {1} wird gedruckt …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Show</source>
   <translation>Zeigen</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The case is in the outbox and is being sent.</source>
   <translation>Der Fall liegt im Postausgang und wird gesendet.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report is with the printer.</source>
   <translation>Der Bericht ist beim Drucker.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report was not printed; check the printer and try again.</source>
   <translation>Der Bericht wurde nicht gedruckt; den Drucker prüfen und erneut versuchen.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Writing {0} …</source>
   <translation>{0} wird geschrieben …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>{0} is written.</source>
   <translation>{0} ist geschrieben.</translation>
  </message>
 </context>
 <context>
  <name>FaultReportController</name>
  <message>
   <location filename="fault_reports.py" />
   <source>LeukoScope ended unexpectedly last time; what was saved is there.</source>
   <translation>LeukoScope wurde letztes Mal unerwartet beendet; Gespeichertes ist da.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report</source>
   <translation>Bericht speichern</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report…</source>
   <translation>Bericht speichern…</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Something unexpected happened. Save a report without patient data for your support.</source>
   <translation>Etwas Unerwartetes ist geschehen. Speichern Sie einen Bericht ohne Patientendaten für Ihren Support.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Text (*.txt)</source>
   <translation>Text (*.txt)</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report cannot be written there; choose another folder.</source>
   <translation>Der Bericht kann dort nicht geschrieben werden; wählen Sie einen anderen Ordner.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report is saved; read it, then send it to your support.</source>
   <translation>Der Bericht ist gespeichert; lesen Sie ihn und senden Sie ihn dann an Ihren Support.</translation>
  </message>
 </context>
 <context>
  <name>Feeding</name>
  <message>
   <location filename="feeding_words.py" />
   <source>A model that names cells and judges none cannot be tried. It is fed as said above: make sure of it.</source>
   <translation>Ein Modell, das Zellen benennt und keine beurteilt, kann nicht ausprobiert werden. Es bekommt die Zellen wie oben angegeben: das sicherstellen.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Checking the file</source>
   <translation>Datei wird geprüft</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Comparing compiled and original</source>
   <translation>Kompiliertes wird mit dem Original verglichen</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Compiling</source>
   <translation>Wird kompiliert</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Finding its branches</source>
   <translation>Zweige werden gesucht</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy cells above leukemic ones: what its outputs mean is probably the other way round; choose the other order under “What its outputs mean” and try again.</source>
   <translation>Wie es auch gespeist wird, stellt es gesunde Zellen über leukämische: Wahrscheinlich bedeuten seine Ausgaben das Umgekehrte; wählen Sie unter „Was seine Ausgaben bedeuten“ die andere Reihenfolge, und probieren Sie noch einmal.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy drawn cells above leukemic ones: what its outputs mean may be the other way round; try it on labeled cells, and if they say the same, choose the other order above.</source>
   <translation>Wie es auch gespeist wird, stellt es gesunde gezeichnete Zellen über leukämische: Vielleicht bedeuten seine Ausgaben das Umgekehrte; probieren Sie es an benannten Zellen aus, und wählen Sie oben die andere Reihenfolge, wenn diese dasselbe zeigen.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Installing</source>
   <translation>Wird installiert</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Loading the model</source>
   <translation>Modell wird geladen</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Looking what it does with samples</source>
   <translation>Umgang mit Abtastwerten wird untersucht</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Only Keras files can be tried. This one is fed as said above: make sure of it.</source>
   <translation>Nur Keras-Dateien lassen sich ausprobieren. Diese bekommt ihre Zellen wie oben angegeben: Vergewissern Sie sich, dass es stimmt.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Setting the scale of the maps</source>
   <translation>Skala der Karten wird bestimmt</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy cells of yours, the proposed way first.</source>
   <translation>An {0} leukämischen und {1} gesunden Ihrer Zellen ausprobiert, der vorgeschlagene Weg zuerst.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy drawn cells, the proposed way first.</source>
   <translation>An {0} leukämischen und {1} gesunden gezeichneten Zellen ausprobiert, der vorgeschlagene Weg zuerst.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying the maps</source>
   <translation>Karten werden ausprobiert</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying way {0} of {1}</source>
   <translation>Weg {0} von {1} wird ausprobiert</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>divided by {0}</source>
   <translation>geteilt durch {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>gray</source>
   <translation>grau</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>in its surroundings, {0} of {1} pixels</source>
   <translation>in ihrer Umgebung, {0} von {1} Pixeln</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean and deviation of ImageNet</source>
   <translation>Mittel und Streuung von ImageNet</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean of ImageNet taken away</source>
   <translation>ohne Mittel von ImageNet</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>minus {0}</source>
   <translation>minus {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>no number</source>
   <translation>keine Zahl</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on black, {0} of {1} pixels</source>
   <translation>auf Schwarz, {0} von {1} Pixeln</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on its mean color, {0} of {1} pixels</source>
   <translation>auf ihrer mittleren Farbe, {0} von {1} Pixeln</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>the whole image</source>
   <translation>das ganze Bild</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy drawn cells</source>
   <translation>{0} an {1} leukämischen und {2} gesunden gezeichneten Zellen</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy labeled cells</source>
   <translation>{0} an {1} leukämischen und {2} gesunden benannten Zellen</translation>
  </message>
 </context>
 <context>
  <name>FeedingStep</name>
  <message>
   <location filename="feeding_step.py" />
   <source>A folder with one folder for each class</source>
   <translation>Ein Ordner mit je einem Ordner für jede Klasse</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Around the cell</source>
   <translation>Um die Zelle herum</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds DenseNet (torch)</source>
   <translation>Wie Keras es für DenseNet tut (torch)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds Inception and MobileNet (tf)</source>
   <translation>Wie Keras es für Inception und MobileNet tut (tf)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds VGG and ResNet (caffe)</source>
   <translation>Wie Keras es für VGG und ResNet tut (caffe)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>At least 4 pictures of each side, in folders that are named leukemic and healthy, by classes of cells, or as published sets name them. Take cells that the network was not trained on.</source>
   <translation>Mindestens 4 Bilder jeder Seite, in Ordnern mit den Namen leukemic und healthy, mit Namen von Zellklassen oder so, wie veröffentlichte Sammlungen sie nennen. Nehmen Sie Zellen, mit denen das Netz nicht trainiert wurde.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Cells to try it on</source>
   <translation>Zellen zum Ausprobieren</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose only what you know of its training; the rest is tried</source>
   <translation>Wählen Sie nur, was Sie von seinem Training wissen; das Übrige wird ausprobiert</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells</source>
   <translation>Gezeichnete Zellen</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells only show which ways fail. Labeled cells of your own find the right one.</source>
   <translation>Gezeichnete Zellen zeigen nur, welche Wege scheitern. Den richtigen finden benannte Zellen aus Ihrem Labor.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Folder of labeled cells</source>
   <translation>Ordner mit benannten Zellen</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>How cells are fed</source>
   <translation>Wie das Modell die Zellen bekommt</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Labeled cells in a folder</source>
   <translation>Benannte Zellen in einem Ordner</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Not known: try all</source>
   <translation>Nicht bekannt: alles ausprobieren</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Samples</source>
   <translation>Abtastwerte</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>The same network says anything when it is fed otherwise than in its training. Choose what you know; the program tries the rest and proposes a way.</source>
   <translation>Dasselbe Netz sagt Beliebiges, wenn es die Zellen anders bekommt als im Training. Wählen Sie, was Sie wissen; das Übrige probiert das Programm aus und schlägt einen Weg vor.</translation>
  </message>
 </context>
 <context>
  <name>FhirPanel</name>
  <message>
   <location filename="fhir_panel.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>FHIR server</source>
   <translation>FHIR-Server</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>File of the sign-in</source>
   <translation>Datei der Anmeldung</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Holds a token or name:password; may be empty</source>
   <translation>Enthält Token oder Name:Passwort; darf leer sein</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Reports leave for it as FHIR R4, by the certificates above. Empty sends nothing.</source>
   <translation>Befunde gehen als FHIR R4 dorthin, mit den Zertifikaten oben. Leer sendet nichts.</translation>
  </message>
 </context>
 <context>
  <name>FieldList</name>
  <message>
   <location filename="field_list.py" />
   <source>Image {0}, {1}: {2}</source>
   <translation>Bild {0}, {1}: {2}</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>blurred</source>
   <translation>unscharf</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>failed</source>
   <translation>misslungen</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judged</source>
   <translation>beurteilt</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judging…</source>
   <translation>wird beurteilt…</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>no cells</source>
   <translation>keine Zellen</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>stopped</source>
   <translation>angehalten</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>waiting</source>
   <translation>wartet</translation>
  </message>
 </context>
 <context>
  <name>FieldStrip</name>
  <message>
   <location filename="field_strip.py" />
   <source>Images of the case</source>
   <translation>Bilder des Falls</translation>
  </message>
  <message>
   <location filename="field_strip.py" />
   <source>Images that are taken appear here.</source>
   <translation>Aufgenommene Bilder erscheinen hier.</translation>
  </message>
 </context>
 <context>
  <name>Figures</name>
  <message>
   <location filename="figure_words.py" />
   <source>All figures are as in healthy lymphocytes.</source>
   <translation>Alle Werte sind wie bei gesunden Lymphozyten.</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Basophilia of the cytoplasm</source>
   <translation>Basophilie des Zytoplasmas</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Cell area</source>
   <translation>Zellfläche</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Chromatin texture</source>
   <translation>Chromatintextur</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Diameter</source>
   <translation>Durchmesser</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Eccentricity of the nucleus</source>
   <translation>Exzentrizität des Kerns</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Form factor</source>
   <translation>Formfaktor</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Granules in the cytoplasm</source>
   <translation>Granula im Zytoplasma</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Indentation of the nucleus</source>
   <translation>Einbuchtung des Kerns</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Lobes of the nucleus</source>
   <translation>Lappen des Kerns</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus area</source>
   <translation>Kernfläche</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus darker than cytoplasm by</source>
   <translation>Kern dunkler als Zytoplasma um</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Optical density of the nucleus</source>
   <translation>Optische Dichte des Kerns</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Solidity of the nucleus</source>
   <translation>Solidität des Kerns</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>high</source>
   <translation>hoch</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>low</source>
   <translation>niedrig</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>usual {0} to {1}</source>
   <translation>üblich {0} bis {1}</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} more</source>
   <translation>{0} weitere</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, high</source>
   <translation>{0} {1}, hoch</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, low</source>
   <translation>{0} {1}, niedrig</translation>
  </message>
 </context>
 <context>
  <name>FocusMeter</name>
  <message>
   <location filename="live_meters.py" />
   <source>Focus: {0} % of the best</source>
   <translation>Schärfe: {0} % des Besten</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Not sharp: {0} % of the best so far. Turn the fine focus.</source>
   <translation>Nicht scharf: {0} % des bisher Besten. Am Feintrieb drehen.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Sharp enough: {0} % of the best so far.</source>
   <translation>Scharf genug: {0} % des bisher Besten.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Turn the fine focus until the bar is longest; the line marks the best so far</source>
   <translation>Feintrieb drehen, bis der Balken am längsten ist; der Strich zeigt das bisher Beste</translation>
  </message>
 </context>
 <context>
  <name>FormSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Case {0}</source>
   <translation>Fall {0}</translation>
  </message>
 </context>
 <context>
  <name>GroupHeading</name>
  <message>
   <location filename="group_heading.py" />
   <source>Fold these cells away</source>
   <translation>Diese Zellen einklappen</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>Show these cells</source>
   <translation>Diese Zellen zeigen</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}</source>
   <translation>{0}, {1}</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}, folded</source>
   <translation>{0}, {1}, eingeklappt</translation>
  </message>
 </context>
 <context>
  <name>HeaderController</name>
  <message>
   <location filename="header_editing.py" />
   <source>Try again</source>
   <translation>Noch einmal versuchen</translation>
  </message>
 </context>
 <context>
  <name>HeaderForm</name>
  <message>
   <location filename="header_form.py" />
   <source>A case needs a number.</source>
   <translation>Ein Fall braucht eine Nummer.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Date of birth</source>
   <translation>Geburtsdatum</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Notes</source>
   <translation>Notizen</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Operator</source>
   <translation>Bearbeitet von</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient number</source>
   <translation>Patientennummer</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Sex</source>
   <translation>Geschlecht</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Specimen</source>
   <translation>Probe</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Stain</source>
   <translation>Färbung</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Write the date as 1960-12-24.</source>
   <translation>Das Datum als 1960-12-24 schreiben.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>female</source>
   <translation>weiblich</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>male</source>
   <translation>männlich</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>other</source>
   <translation>divers</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
 </context>
 <context>
  <name>HelpPanel</name>
  <message>
   <location filename="help_panel.py" />
   <source>About LeukoScope</source>
   <translation>Über LeukoScope</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>All keys</source>
   <translation>Alle Tasten</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Save fault report…</source>
   <translation>Fehlerbericht speichern…</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Take the tour</source>
   <translation>Rundgang machen</translation>
  </message>
 </context>
 <context>
  <name>HelpSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Arrows</source>
   <translation>Pfeile</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Commands and keys</source>
   <translation>Befehle und Tasten</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Walk through the cells</source>
   <translation>Gehen Sie durch die Zellen</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Which map</source>
   <translation>Welche Karte</translation>
  </message>
 </context>
 <context>
  <name>Histogram</name>
  <message>
   <location filename="live_meters.py" />
   <source>Dim: the glass is at {0} % of white. More light or a longer exposure.</source>
   <translation>Dunkel: Das Glas liegt bei {0} % von Weiß. Mehr Licht oder längere Belichtung.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Histogram</source>
   <translation>Histogramm</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>How the light is spread; nothing should stand at the very edges</source>
   <translation>Wie das Licht verteilt ist; an den Rändern soll nichts stehen</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Light is good: the glass is at {0} % of white.</source>
   <translation>Das Licht ist gut: Das Glas liegt bei {0} % von Weiß.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too bright: {0} % is white. Less light or a shorter exposure.</source>
   <translation>Zu hell: {0} % sind weiß. Weniger Licht oder kürzer belichten.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too dark: {0} % is black. More light or a longer exposure.</source>
   <translation>Zu dunkel: {0} % sind schwarz. Mehr Licht oder länger belichten.</translation>
  </message>
 </context>
 <context>
  <name>ImageBar</name>
  <message>
   <location filename="image_bar.py" />
   <source>1 cell at the margin has no box here: the field beside this one counts it.</source>
   <translation>1 Zelle am Rand hat hier keinen Rahmen: Das Feld daneben zählt sie.</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>Image {0} of {1}</source>
   <translation>Bild {0} von {1}</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>could not be read</source>
   <translation>konnte nicht gelesen werden</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>field</source>
   <translation>Gesichtsfeld</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>not calibrated</source>
   <translation>nicht kalibriert</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>single cell</source>
   <translation>einzelne Zelle</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cell</source>
   <translation>{0} Zelle</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells at the margin have no box here: the fields beside this one count them.</source>
   <translation>{0} Zellen am Rand haben hier keinen Rahmen: Die Felder daneben zählen sie.</translation>
  </message>
 </context>
 <context>
  <name>ImageCanvas</name>
  <message>
   <location filename="canvas.py" />
   <source>Image</source>
   <translation>Bild</translation>
  </message>
  <message>
   <location filename="canvas.py" />
   <source>not calibrated</source>
   <translation>nicht kalibriert</translation>
  </message>
 </context>
 <context>
  <name>ImageCopyController</name>
  <message>
   <location filename="image_copying.py" />
   <source>It has no scale bar: set the scale (Ctrl+L) to have one.</source>
   <translation>Es hat keinen Maßstab: den Maßstab setzen (Strg+L), um einen zu haben.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Open</source>
   <translation>Öffnen</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save the whole image</source>
   <translation>Ganzes Bild speichern</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save what is in view</source>
   <translation>Sichtbaren Ausschnitt speichern</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The display is changed; its corner says so.</source>
   <translation>Die Anzeige ist verändert; die Ecke des Bildes sagt es.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The whole image is in the clipboard.</source>
   <translation>Das ganze Bild ist in der Zwischenablage.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>What is in view is in the clipboard.</source>
   <translation>Der sichtbare Ausschnitt ist in der Zwischenablage.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>{0} is written.</source>
   <translation>{0} ist geschrieben.</translation>
  </message>
 </context>
 <context>
  <name>ImportController</name>
  <message>
   <location filename="importing.py" />
   <source>Another case is being opened; add the images again when it is there.</source>
   <translation>Ein anderer Fall wird geöffnet; fügen Sie die Bilder noch einmal hinzu, wenn er da ist.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Bilder ({0});;Alle Dateien (*)</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open a folder of images</source>
   <translation>Ordner mit Bildern öffnen</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open images</source>
   <translation>Bilder öffnen</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Pasted {0}</source>
   <translation>Eingefügt {0}</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Review</source>
   <translation>Durchsicht</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Taken. It is judged now.</source>
   <translation>Aufgenommen. Das Bild wird jetzt beurteilt.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>There is no image to paste; copy an image or image files first.</source>
   <translation>Es gibt kein Bild zum Einfügen; kopieren Sie zuerst ein Bild oder Bilddateien.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Try again</source>
   <translation>Noch einmal versuchen</translation>
  </message>
 </context>
 <context>
  <name>ImportForm</name>
  <message>
   <location filename="import_form.py" />
   <source>A file that Keras saved, an exported folder, .onnx, .tflite or .pb</source>
   <translation>Eine Datei, die Keras gespeichert hat, ein exportierter Ordner, .onnx, .tflite oder .pb</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Both stay side by side, and either can judge</source>
   <translation>Beide bleiben nebeneinander, und jedes kann beurteilen</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose a model</source>
   <translation>Wählen Sie ein Modell</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the folder of labeled cells first, or take drawn cells.</source>
   <translation>Wählen Sie zuerst den Ordner mit benannten Zellen, oder nehmen Sie gezeichnete.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the model file first.</source>
   <translation>Wählen Sie zuerst die Modelldatei.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Feed the model in each way and see which tells leukemic from healthy cells</source>
   <translation>Dem Modell die Zellen auf jedem Weg geben und sehen, welcher leukämische von gesunden trennt</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>From the file name</source>
   <translation>Aus dem Dateinamen</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import</source>
   <translation>Importieren</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import your own model</source>
   <translation>Eigenes Modell importieren</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Model file</source>
   <translation>Modelldatei</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Models ({0})</source>
   <translation>Modelle ({0})</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name of the model</source>
   <translation>Name des Modells</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>New version of</source>
   <translation>Neue Version von</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>No other model</source>
   <translation>Keinem anderen Modell</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Starting</source>
   <translation>Startet</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>The file is checked before anything of it runs, compiled in a process of its own, compared with the original on probe pictures, and only then installed.</source>
   <translation>Die Datei wird geprüft, bevor irgendetwas davon läuft, in einem eigenen Prozess übersetzt, an Probebildern mit dem Original verglichen und erst dann installiert.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways</source>
   <translation>Wege ausprobieren</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways first: then it is known how cells are fed</source>
   <translation>Probieren Sie zuerst die Wege aus: Dann ist bekannt, wie das Modell die Zellen bekommt</translation>
  </message>
 </context>
 <context>
  <name>ImportSheet</name>
  <message>
   <location filename="import_sheet.py" />
   <source>Case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy all lines, to send them to whoever made the list</source>
   <translation>Alle Zeilen kopieren, um sie an den zu schicken, der die Liste gemacht hat</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy list</source>
   <translation>Liste kopieren</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Imported list</source>
   <translation>Übernommene Liste</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Line</source>
   <translation>Zeile</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Taken</source>
   <translation>Übernommen</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know</source>
   <translation>Was zu wissen ist</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know of the list</source>
   <translation>Was von der Liste zu wissen ist</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>not taken</source>
   <translation>nicht übernommen</translation>
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <location filename="inspector.py" />
   <source>Cell {0} of {1}</source>
   <translation>Zelle {0} von {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Choose a cell to see what the models say of it, and why.</source>
   <translation>Wählen Sie eine Zelle, um zu sehen, was die Modelle von ihr sagen, und warum.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Image quality</source>
   <translation>Bildqualität</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Inspector</source>
   <translation>Inspektor</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Map</source>
   <translation>Karte</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Next cell</source>
   <translation>Nächste Zelle</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Previous cell</source>
   <translation>Vorige Zelle</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Shape</source>
   <translation>Form</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>This cell was judged without maps.</source>
   <translation>Diese Zelle wurde ohne Karten beurteilt.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Weak evidence. {0}</source>
   <translation>Schwacher Hinweis. {0}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0} chosen: a label goes to all</source>
   <translation>{0} gewählt: ein Label gilt für alle</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: for {1}</source>
   <translation>{0}: für {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: where it looked</source>
   <translation>{0}: wohin es schaute</translation>
  </message>
 </context>
 <context>
  <name>InstanceLines</name>
  <message>
   <location filename="instance_lines.py" />
   <source>and {0} more objects</source>
   <translation>und {0} weitere Objekte</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: kept by the archive</source>
   <translation>{0}: vom Archiv aufbewahrt</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: not kept, reason {1}</source>
   <translation>{0}: nicht aufbewahrt, Grund {1}</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: sent</source>
   <translation>{0}: gesendet</translation>
  </message>
 </context>
 <context>
  <name>IntervalPlot</name>
  <message>
   <location filename="interval_plot.py" />
   <source>Drawing of the two figures</source>
   <translation>Zeichnung der beiden Werte</translation>
  </message>
 </context>
 <context>
  <name>JoinedRow</name>
  <message>
   <location filename="joined_row.py" />
   <source>Count 1 cell once</source>
   <translation>1 Zelle nur einmal zählen</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Count {0} cells once</source>
   <translation>{0} Zellen nur einmal zählen</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Join overlapping images</source>
   <translation>Überlappende Bilder zusammensetzen</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Lays images that show common places side by side; nothing is changed in the case</source>
   <translation>Legt Bilder, die gemeinsame Stellen zeigen, nebeneinander; am Fall ändert sich nichts</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Looking for overlaps…</source>
   <translation>Überlappungen werden gesucht…</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>No two images overlap: nothing can be said of their places.</source>
   <translation>Keine zwei Bilder überlappen sich: Über ihre Lage lässt sich nichts sagen.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} cells are in several images and counted each time.</source>
   <translation>{0} Zellen sind in mehreren Bildern und werden jedes Mal gezählt.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %), in {2} pieces.</source>
   <translation>{0} Bilder überlappen sich (Übereinstimmung mindestens {1} %), in {2} Stücken.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %).</source>
   <translation>{0} Bilder überlappen sich (Übereinstimmung mindestens {1} %).</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} overlap none.</source>
   <translation>{0} überlappen keines.</translation>
  </message>
 </context>
 <context>
  <name>JudgingQueueController</name>
  <message>
   <location filename="judging_queue.py" />
   <source>1 image is judged again; your labels stay.</source>
   <translation>1 Bild wird erneut beurteilt; Ihre Kennzeichnungen bleiben.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Judge case again</source>
   <translation>Fall erneut beurteilen</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Other models judge from now on; case {0} still has the former judgement.</source>
   <translation>Ab jetzt urteilen andere Modelle; Fall {0} hat noch das frühere Urteil.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} images are judged again; your labels stay.</source>
   <translation>{0} Bilder werden erneut beurteilt; Ihre Kennzeichnungen bleiben.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} stopped images are out of the case.</source>
   <translation>{0} angehaltene Bilder sind aus dem Fall genommen.</translation>
  </message>
 </context>
 <context>
  <name>LabelKeys</name>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}”</source>
   <translation>Diese Zelle als „{0}“ kennzeichnen</translation>
  </message>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}” (key {1})</source>
   <translation>Diese Zelle als „{0}“ kennzeichnen (Taste {1})</translation>
  </message>
 </context>
 <context>
  <name>LabelReadingController</name>
  <message>
   <location filename="label_reading.py" />
   <source>No code was found in this picture. Hold the label flat, large and sharp under the camera.</source>
   <translation>In diesem Bild wurde kein Code gefunden. Das Etikett flach, groß und scharf unter die Kamera halten.</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>Open or begin this case</source>
   <translation>Diesen Fall öffnen oder beginnen</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>The label says {0}.</source>
   <translation>Auf dem Etikett steht {0}.</translation>
  </message>
 </context>
 <context>
  <name>LabelingController</name>
  <message>
   <location filename="labeling.py" />
   <source>Every cell of the case has a person’s label.</source>
   <translation>Jede Zelle des Falls hat ein Label von einem Menschen.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>Every cell that is shown here has a person’s label.</source>
   <translation>Jede hier gezeigte Zelle hat ein Label von einem Menschen.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>No unsure cell is left in this group.</source>
   <translation>In dieser Gruppe ist keine unsichere Zelle mehr.</translation>
  </message>
 </context>
 <context>
  <name>Legend</name>
  <message>
   <location filename="map_pair.py" />
   <source>Fixed scale: 0 to the maximum calibrated for this layer, the same for every cell</source>
   <translation>Feste Skala: 0 bis zum kalibrierten Höchstwert dieser Schicht, für jede Zelle gleich</translation>
  </message>
 </context>
 <context>
  <name>LifePart</name>
  <message>
   <location filename="life_part.py" />
   <source>Beside another model</source>
   <translation>Neben einem anderen Modell</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge labeled cells, sorted as CLASS/PATIENT/file</source>
   <translation>Beide beurteilen beschriftete Zellen, sortiert als KLASSE/PATIENT/Datei</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge the cells that people decided in reviewed and signed cases</source>
   <translation>Beide beurteilen die Zellen, die in geprüften und signierten Fällen von Menschen entschieden wurden</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Case</source>
   <translation>Fall</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases</source>
   <translation>Fälle</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases: {0}</source>
   <translation>Fälle: {0}</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Folder of labeled cells</source>
   <translation>Ordner mit beschrifteten Zellen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>It has judged no case that is still kept.</source>
   <translation>Es hat keinen Fall beurteilt, der noch aufbewahrt wird.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Model to compare with</source>
   <translation>Modell zum Vergleichen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On a folder…</source>
   <translation>An einem Ordner…</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On reviewed cases</source>
   <translation>An geprüften Fällen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>People say</source>
   <translation>Menschen sagen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Reading the cells</source>
   <translation>Zellen werden gelesen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Show the cases it judged</source>
   <translation>Beurteilte Fälle anzeigen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>They differ on {0} of {1} cells; “{2}” is right on {3} of these, “{4}” on {5}.</source>
   <translation>Sie unterscheiden sich bei {0} von {1} Zellen; „{2}“ hat bei {3} davon recht, „{4}“ bei {5}.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Where they differ</source>
   <translation>Wo sie sich unterscheiden</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>and {0} more</source>
   <translation>und {0} weitere</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} cells judged by both</source>
   <translation>{0} Zellen von beiden beurteilt</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} pictures were left out.</source>
   <translation>{0} Bilder wurden ausgelassen.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>“{0}” beside “{1}”: {2}.</source>
   <translation>„{0}“ neben „{1}“: {2}.</translation>
  </message>
 </context>
 <context>
  <name>LimitsButton</name>
  <message>
   <location filename="cell_limits.py" />
   <source>Highest probability of leukemic</source>
   <translation>Höchste Wahrscheinlichkeit für leukämisch</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Largest size</source>
   <translation>Größte Größe</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limit the cells that are shown</source>
   <translation>Gezeigte Zellen eingrenzen</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limits hold: fewer cells are shown</source>
   <translation>Grenzen gelten: weniger Zellen werden gezeigt</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Longer side of the cell</source>
   <translation>Längere Seite der Zelle</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Lowest probability of leukemic</source>
   <translation>Niedrigste Wahrscheinlichkeit für leukämisch</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>No limits</source>
   <translation>Keine Grenzen</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Only the image shown</source>
   <translation>Nur das gezeigte Bild</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Probability of leukemic</source>
   <translation>Wahrscheinlichkeit für leukämisch</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Smallest size</source>
   <translation>Kleinste Größe</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>to</source>
   <translation>bis</translation>
  </message>
 </context>
 <context>
  <name>LineChoice</name>
  <message>
   <location filename="line_choice.py" />
   <source>Asking…</source>
   <translation>Wird gefragt…</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Encrypted (TLS)</source>
   <translation>Verschlüsselt (TLS)</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear</source>
   <translation>Im Klartext</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear by choice: whoever is on the network can read it.</source>
   <translation>Absichtlich im Klartext: Wer im Netz ist, kann mitlesen.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear, as an earlier version left it: encrypt or confirm it.</source>
   <translation>Im Klartext, wie von einer früheren Version übernommen: verschlüsseln oder bestätigen.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Test the connection</source>
   <translation>Verbindung prüfen</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>The other side’s certificate and name are checked.</source>
   <translation>Zertifikat und Name der Gegenseite werden geprüft.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>This line does not leave this computer.</source>
   <translation>Diese Leitung verlässt diesen Computer nicht.</translation>
  </message>
 </context>
 <context>
  <name>LiveJudging</name>
  <message>
   <location filename="live_judging.py" />
   <source>1 cell</source>
   <translation>1 Zelle</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>Looking for cells …</source>
   <translation>Zellen werden gesucht …</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>No white cell is in sight.</source>
   <translation>Keine weiße Zelle ist zu sehen.</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} being judged</source>
   <translation>{0} in Beurteilung</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
 </context>
 <context>
  <name>LiveMapCard</name>
  <message>
   <location filename="live_map_card.py" />
   <source>1 gap</source>
   <translation>1 Lücke</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>1 place, {0} taken</source>
   <translation>1 Stelle, {0} aufgenommen</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begin anew</source>
   <translation>Neu beginnen</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begins an empty map; the case keeps its images</source>
   <translation>Beginnt eine leere Karte; der Fall behält seine Bilder</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Follows the camera. A dot marks what is in the case.</source>
   <translation>Folgt der Kamera. Ein Punkt markiert, was im Fall ist.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Hold the smear still and in focus: what is seen first begins the map.</source>
   <translation>Halten Sie den Ausstrich ruhig und scharf: Was zuerst zu sehen ist, beginnt die Karte.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Map of the smear</source>
   <translation>Karte des Ausstrichs</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Moving: what is new is joined when the smear moves slower.</source>
   <translation>In Bewegung: Neues wird angefügt, wenn sich der Ausstrich langsamer bewegt.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: out of focus. Turn the fine focus until it is sharp.</source>
   <translation>Nicht angefügt: unscharf. Drehen Sie am Feintrieb, bis das Bild scharf ist.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: the map is full. Begin anew; the case keeps its images.</source>
   <translation>Nicht angefügt: Die Karte ist voll. Beginnen Sie neu; der Fall behält seine Bilder.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: this place overlaps nothing on the map. Move back until the frame appears, or take it to begin another piece.</source>
   <translation>Nicht angefügt: Diese Stelle überlappt nichts auf der Karte. Fahren Sie zurück, bis der Rahmen erscheint, oder nehmen Sie sie auf, um ein weiteres Stück zu beginnen.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Put the map away; it goes on when it is shown again</source>
   <translation>Karte weglegen; sie geht weiter, wenn sie wieder gezeigt wird</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Take back the last</source>
   <translation>Letzte zurücknehmen</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Takes the newest place off the map; the case keeps its images</source>
   <translation>Nimmt die neueste Stelle von der Karte; der Fall behält seine Bilder</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} gaps</source>
   <translation>{0} Lücken</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} pieces</source>
   <translation>{0} Stücke</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} places, {1} taken</source>
   <translation>{0} Stellen, {1} aufgenommen</translation>
  </message>
 </context>
 <context>
  <name>LiveMapView</name>
  <message>
   <location filename="live_map_view.py" />
   <source>Map of the smear</source>
   <translation>Karte des Ausstrichs</translation>
  </message>
 </context>
 <context>
  <name>LivePanel</name>
  <message>
   <location filename="live_panel.py" />
   <source> s</source>
   <translation> s</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Box the cells while the stage moves and judge them with the quickest model; all judge what is taken</source>
   <translation>Rahmt Zellen, während sich der Tisch bewegt, und beurteilt sie mit dem schnellsten Modell; Aufgenommenes beurteilen alle</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Camera</source>
   <translation>Kamera</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Fit</source>
   <translation>Einpassen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Focus</source>
   <translation>Schärfe</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Freeze</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Grid</source>
   <translation>Gitter</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the label under the camera: its code opens the case, or begins it</source>
   <translation>Das Etikett unter die Kamera halten: Sein Code öffnet den Fall oder beginnt ihn</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the picture, or let it go on (Space)</source>
   <translation>Bild anhalten oder weiterlaufen lassen (Leertaste)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Joins what the camera sees while the smear is moved by hand, and shows where it is; takes nothing</source>
   <translation>Fügt zusammen, was die Kamera sieht, während der Ausstrich von Hand bewegt wird, und zeigt, wo sie ist; nimmt nichts auf</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Judge live</source>
   <translation>Live beurteilen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Light</source>
   <translation>Licht</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Lines every 20 µm, or thirds when the scale is not known</source>
   <translation>Linien alle 20 µm, oder Drittel bei unbekanntem Maßstab</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Make the empty glass in sight white; once more takes it back</source>
   <translation>Macht das leere Glas im Bild weiß; noch einmal nimmt es zurück</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Map of the smear</source>
   <translation>Karte des Ausstrichs</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Mirror</source>
   <translation>Spiegeln</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Number of pictures</source>
   <translation>Anzahl der Bilder</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>One camera pixel for one screen pixel</source>
   <translation>Ein Kamerapixel je Bildschirmpixel</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Picture</source>
   <translation>Bild</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Put this picture into the case; it is judged at once (Enter)</source>
   <translation>Dieses Bild in den Fall nehmen; es wird sofort beurteilt (Eingabe)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Read slide label</source>
   <translation>Etikett lesen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Record…</source>
   <translation>Aufzeichnen…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Rotate</source>
   <translation>Drehen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Scan fields…</source>
   <translation>Felder scannen…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Seconds between pictures</source>
   <translation>Sekunden zwischen Bildern</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Set white</source>
   <translation>Weißabgleich</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Show the whole picture</source>
   <translation>Das ganze Bild zeigen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Start</source>
   <translation>Starten</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take</source>
   <translation>Aufnehmen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take by itself</source>
   <translation>Von selbst aufnehmen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take fields side by side, where the microscope has a motorized stage</source>
   <translation>Felder nebeneinander aufnehmen, wo das Mikroskop einen motorisierten Tisch hat</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture each time the stage comes to rest at a new place in focus</source>
   <translation>Nimmt auf, sobald der Tisch an neuer Stelle scharf zur Ruhe kommt</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture every so many seconds</source>
   <translation>Nimmt alle paar Sekunden ein Bild auf</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Taking</source>
   <translation>Aufnahme</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Time-lapse</source>
   <translation>Zeitraffer</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Write what is seen to a video file</source>
   <translation>Schreibt das Gesehene in eine Videodatei</translation>
  </message>
 </context>
 <context>
  <name>MaintenanceController</name>
  <message>
   <location filename="maintenance.py" />
   <source>All cases, {0} images and {2} imported models are in “{1}”, and were read back.</source>
   <translation>Alle Fälle, {0} Bilder und {2} importierte Modelle sind in „{1}“ und wurden zurückgelesen.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>All is well: every row, image and entry of the audit trail is as it was saved.</source>
   <translation>Alles in Ordnung: Jede Zeile, jedes Bild und jeder Eintrag des Prüfprotokolls ist, wie gespeichert.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Backups (*.zip *.db)</source>
   <translation>Sicherungen (*.zip *.db)</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking database, images and audit trail</source>
   <translation>Datenbank, Bilder und Prüfprotokoll werden geprüft</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking the backup</source>
   <translation>Die Sicherung wird geprüft</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Imported models that come back: {0}; here already: {1}.</source>
   <translation>Importierte Modelle, die zurückkommen: {0}; schon hier: {1}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Now: {0}. Backup: {1}. What is there now is kept beside it.</source>
   <translation>Jetzt: {0}. Sicherung: {1}. Was jetzt da ist, bleibt daneben erhalten.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Put a backup back</source>
   <translation>Sicherung zurückspielen</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Somebody listens at {0}, and the line comes about. No message was sent.</source>
   <translation>Unter {0} nimmt jemand an, und die Verbindung kommt zustande. Es wurde keine Nachricht gesendet.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The DICOM archive answers as {0}.</source>
   <translation>Das DICOM-Archiv antwortet als {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The shared database answers: PostgreSQL {0}.</source>
   <translation>Die gemeinsame Datenbank antwortet: PostgreSQL {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Write a backup</source>
   <translation>Sicherung schreiben</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Writing the backup, and reading it back</source>
   <translation>Die Sicherung wird geschrieben und zurückgelesen</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cannot be read</source>
   <translation>nicht lesbar</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cases: {0}, images: {1}</source>
   <translation>Fälle: {0}, Bilder: {1}</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0} And {1} more faults.</source>
   <translation>{0} Und {1} weitere Fehler.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0}, last changed {1}</source>
   <translation>{0}, zuletzt geändert {1}</translation>
  </message>
 </context>
 <context>
  <name>MaintenancePanel</name>
  <message>
   <location filename="maintenance_panel.py" />
   <source>All cases, images and imported models in one file, read back before it counts.</source>
   <translation>Alle Fälle, Bilder und importierten Modelle in einer Datei, zurückgelesen, bevor sie zählt.</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Check what is kept</source>
   <translation>Bestand prüfen</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Leave it</source>
   <translation>Nicht zurückspielen</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put a backup back…</source>
   <translation>Sicherung zurückspielen…</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put it back</source>
   <translation>Zurückspielen</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Write a backup…</source>
   <translation>Sicherung schreiben…</translation>
  </message>
 </context>
 <context>
  <name>MapOptions</name>
  <message>
   <location filename="map_options.py" />
   <source>Cividis</source>
   <translation>Cividis</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Colors</source>
   <translation>Farben</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Colors of the map</source>
   <translation>Farben der Karte</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Contour</source>
   <translation>Kontur</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Drawn as</source>
   <translation>Gezeichnet als</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Evidence for</source>
   <translation>Hinweise für</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Healthy</source>
   <translation>Gesund</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Heat</source>
   <translation>Wärme</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>How the map is drawn</source>
   <translation>Wie die Karte gezeichnet wird</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Its side</source>
   <translation>Seine Seite</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Leukemic</source>
   <translation>Leukämisch</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity</source>
   <translation>Deckkraft</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity of the map</source>
   <translation>Deckkraft der Karte</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Show the map (M)</source>
   <translation>Karte zeigen (M)</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>This map speaks neither for leukemic nor for healthy.</source>
   <translation>Diese Karte spricht weder für leukämisch noch für gesund.</translation>
  </message>
 </context>
 <context>
  <name>MapPair</name>
  <message>
   <location filename="map_pair.py" />
   <source>As the models saw it</source>
   <translation>Wie die Modelle sie sahen</translation>
  </message>
  <message>
   <location filename="map_pair.py" />
   <source>In its surroundings</source>
   <translation>In ihrer Umgebung</translation>
  </message>
  <message>
   <location filename="map_pair.py" />
   <source>max</source>
   <translation>max</translation>
  </message>
 </context>
 <context>
  <name>MeasureCard</name>
  <message>
   <location filename="measure_card.py" />
   <source>Back to the charts</source>
   <translation>Zurück zu den Karten</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Camera and objective</source>
   <translation>Kamera und Objektiv</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Close; what is drawn goes</source>
   <translation>Schließen; das Gezeichnete verschwindet</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw a line on the image; Shift keeps it straight.</source>
   <translation>Eine Linie auf das Bild zeichnen; Umschalt hält sie gerade.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw around it with the button held; the outline closes by itself.</source>
   <translation>Mit gehaltener Taste darum herum zeichnen; der Umriss schließt sich von selbst.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw from corner to corner around it; Shift makes a circle.</source>
   <translation>Von Ecke zu Ecke darum ziehen; Umschalt macht einen Kreis.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Ellipse</source>
   <translation>Ellipse</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Folder…</source>
   <translation>Ordner…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From images: choose them, or drop them here</source>
   <translation>Aus Bildern: auswählen oder hier ablegen</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From the camera</source>
   <translation>Von der Kamera</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Image files…</source>
   <translation>Bilddateien…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Length</source>
   <translation>Länge</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>May be empty: new lamp, slide 3</source>
   <translation>Darf leer sein: neue Lampe, Präparat 3</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure</source>
   <translation>Messen</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure control slide</source>
   <translation>Kontrollpräparat vermessen</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measuring the control slide</source>
   <translation>Kontrollpräparat wird vermessen</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Mikroskop: Kamera und Objektiv</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Outline</source>
   <translation>Umriss</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Put the control slide under the microscope, with the objective and the settings that cases are taken with. Three fields at least, better five; each figure is the median of them.</source>
   <translation>Legen Sie das Kontrollpräparat unter das Mikroskop, mit dem Objektiv und den Einstellungen, mit denen Fälle aufgenommen werden. Mindestens drei Felder, besser fünf; jeder Wert ist deren Median.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This image is not calibrated: set the scale (Ctrl+L) to measure in µm.</source>
   <translation>Dieses Bild ist nicht kalibriert: den Maßstab setzen (Strg+L), um in µm zu messen.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This outline crosses itself, so it has no one area: draw it again without a crossing.</source>
   <translation>Dieser Umriss kreuzt sich selbst und hat daher keine eindeutige Fläche: zeichnen Sie ihn noch einmal ohne Kreuzung.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>What is measured</source>
   <translation>Was gemessen wird</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} around</source>
   <translation>{0} Umfang</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} of {1} fields</source>
   <translation>{0} von {1} Feldern</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} wide, {1} high, {2} around</source>
   <translation>{0} breit, {1} hoch, {2} Umfang</translation>
  </message>
 </context>
 <context>
  <name>Measures</name>
  <message>
   <location filename="measure_words.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Clipping</source>
   <translation>Überstrahlung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Color</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Contrast</source>
   <translation>Kontrast</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Exposure</source>
   <translation>Belichtung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Focus</source>
   <translation>Schärfe</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Illumination</source>
   <translation>Ausleuchtung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Motion</source>
   <translation>Bewegung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Resolution</source>
   <translation>Auflösung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Stain</source>
   <translation>Färbung</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>White balance</source>
   <translation>Weißabgleich</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>falloff</source>
   <translation>Abfall zum Rand</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>levels</source>
   <translation>Stufen</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of 255</source>
   <translation>von 255</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of the pixels</source>
   <translation>der Bildpunkte</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>px per cell</source>
   <translation>px je Zelle</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>saturation</source>
   <translation>Sättigung</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <location filename="message_bar.py" />
   <source>Close this message</source>
   <translation>Diese Meldung schließen</translation>
  </message>
 </context>
 <context>
  <name>ModelCard</name>
  <message>
   <location filename="model_card.py" />
   <source>95 % interval</source>
   <translation>95-%-Intervall</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Back to “{0}”</source>
   <translation>Zurück zu „{0}“</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card</source>
   <translation>Karte</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card of the model</source>
   <translation>Steckbrief des Modells</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Check the files</source>
   <translation>Dateien prüfen</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Copy the SHA-256</source>
   <translation>SHA-256 kopieren</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figure</source>
   <translation>Kennzahl</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figures on cells it was not trained on</source>
   <translation>Kennzahlen an Zellen, mit denen es nicht trainiert wurde</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Healthy below {0}, leukemic above {1}, unsure between.</source>
   <translation>Gesund unter {0}, leukämisch über {1}, dazwischen unsicher.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>It says what a cell is; whether it is leukemic, it does not judge.</source>
   <translation>Es sagt, was für eine Zelle es ist; ob sie leukämisch ist, beurteilt es nicht.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Let the version before judge in its place; it stands in the audit trail</source>
   <translation>Die Version davor an seiner Stelle beurteilen lassen; es steht im Protokoll</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>No figures come with this model: be careful with it.</source>
   <translation>Zu diesem Modell gibt es keine Kennzahlen: Seien Sie vorsichtig damit.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>This model has no card.</source>
   <translation>Dieses Modell hat keinen Steckbrief.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Thresholds</source>
   <translation>Schwellen</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Value</source>
   <translation>Wert</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>What trying its maps showed</source>
   <translation>Was die Probe seiner Karten ergab</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>came with the program</source>
   <translation>mit dem Programm geliefert</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>imported</source>
   <translation>importiert</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>passed</source>
   <translation>bestanden</translation>
  </message>
 </context>
 <context>
  <name>ModelLife</name>
  <message>
   <location filename="life.py" />
   <source>Comparing was stopped; nothing of it is kept.</source>
   <translation>Der Vergleich wurde angehalten; nichts davon wird aufbewahrt.</translation>
  </message>
 </context>
 <context>
  <name>ModelRow</name>
  <message>
   <location filename="model_row.py" />
   <source>Let this model judge new images</source>
   <translation>Dieses Modell neue Bilder beurteilen lassen</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>came with the program</source>
   <translation>mit dem Programm geliefert</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>imported</source>
   <translation>importiert</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>version {0}</source>
   <translation>Version {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>with {0}</source>
   <translation>mit {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>{0} judges new images</source>
   <translation>{0} beurteilt neue Bilder</translation>
  </message>
 </context>
 <context>
  <name>ModelsPage</name>
  <message>
   <location filename="model_list.py" />
   <source>Architecture</source>
   <translation>Architektur</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>At least one model must judge.</source>
   <translation>Mindestens ein Modell muss urteilen.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Calibrated on</source>
   <translation>Kalibriert an</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Fed</source>
   <translation>Bekommt die Zelle</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import your own model…</source>
   <translation>Eigenes Modell importieren…</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Maps</source>
   <translation>Karten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No model is installed</source>
   <translation>Kein Modell ist installiert</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Parameters</source>
   <translation>Parameter</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Split</source>
   <translation>Aufteilung</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The version before “{0}” judges new images again.</source>
   <translation>Die Version vor „{0}“ beurteilt wieder neue Bilder.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Ticked models judge new images, each on its own.</source>
   <translation>Angekreuzte Modelle beurteilen neue Bilder, jedes für sich.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Trained on</source>
   <translation>Trainiert mit</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Tried fed so</source>
   <translation>So ausprobiert</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version before</source>
   <translation>Version davor</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>nothing</source>
   <translation>nichts</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>{0}, {1} cells</source>
   <translation>{0}, {1} Zellen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed, and judges only when you write down why: look at its card.</source>
   <translation>„{0}“ ist installiert und urteilt nur, wenn Sie aufschreiben, warum: Sehen Sie in seinem Steckbrief nach.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed. Tick it to let it judge.</source>
   <translation>„{0}“ ist installiert. Kreuzen Sie es an, damit es urteilt.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” judges new images; the reason is in the audit trail.</source>
   <translation>„{0}“ beurteilt neue Bilder; die Begründung steht im Prüfprotokoll.</translation>
  </message>
 </context>
 <context>
  <name>MosaicController</name>
  <message>
   <location filename="mosaics.py" />
   <source>{0} cells that other images show too are counted once.</source>
   <translation>{0} Zellen, die auch andere Bilder zeigen, werden nur einmal gezählt.</translation>
  </message>
 </context>
 <context>
  <name>NameBar</name>
  <message>
   <location filename="name_bar.py" />
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>This is me</source>
   <translation>Das bin ich</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>Your name</source>
   <translation>Ihr Name</translation>
  </message>
 </context>
 <context>
  <name>NamingCard</name>
  <message>
   <location filename="naming_card.py" />
   <source>Else: {0}</source>
   <translation>Sonst: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>Not named, most like: {0}</source>
   <translation>Nicht benannt, am ehesten: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 des Modells: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>version {0}</source>
   <translation>Version {0}</translation>
  </message>
 </context>
 <context>
  <name>NotificationController</name>
  <message>
   <location filename="notifications.py" />
   <source>Add anyway</source>
   <translation>Trotzdem hinzufügen</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Opening the cases</source>
   <translation>Fälle werden geöffnet</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Show</source>
   <translation>Zeigen</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images are in this case already; they are left out.</source>
   <translation>{0} Bilder sind schon in diesem Fall und werden ausgelassen.</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images could not be judged. The first: {1}</source>
   <translation>{0} Bilder konnten nicht beurteilt werden. Das erste: {1}</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>“{0}” is the same image as “{1}”; it is left out.</source>
   <translation>„{0}“ ist dasselbe Bild wie „{1}“ und wird ausgelassen.</translation>
  </message>
 </context>
 <context>
  <name>ObjectivesList</name>
  <message>
   <location filename="objectives_list.py" />
   <source>Add…</source>
   <translation>Hinzufügen…</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Images that do not say their own scale are measured by their red cells (7.5 µm). Better: photograph a stage micrometer, open the picture, and choose “Set scale…” there.</source>
   <translation>Bilder ohne eigenen Maßstab werden an ihren roten Zellen gemessen (7,5 µm). Besser: Fotografieren Sie ein Objektmikrometer, öffnen Sie das Bild und wählen Sie dort „Maßstab setzen…“.</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Not known: from red cells</source>
   <translation>Unbekannt: aus roten Zellen</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Objective in use</source>
   <translation>Verwendetes Objektiv</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>computed from objective and camera</source>
   <translation>aus Objektiv und Kamera berechnet</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>measured on a stage micrometer</source>
   <translation>am Objektmikrometer gemessen</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>{0} µm/px, {1}. Holds for new images that do not say their own scale.</source>
   <translation>{0} µm/px, {1}. Gilt für neue Bilder ohne eigenen Maßstab.</translation>
  </message>
 </context>
 <context>
  <name>OpenCase</name>
  <message>
   <location filename="open_case.py" />
   <source>{0} of {1} cells stay as they are: {2}</source>
   <translation>{0} von {1} Zellen bleiben, wie sie sind: {2}</translation>
  </message>
 </context>
 <context>
  <name>OpinionCard</name>
  <message>
   <location filename="opinion_card.py" />
   <source>Distance from the training cells: {0} of the limit</source>
   <translation>Abstand zu den Trainingszellen: {0} der Grenze</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 des Modells: {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Show the map “{0}” (key {1})</source>
   <translation>Karte „{0}“ zeigen (Taste {1})</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Unsure, leans to {0}</source>
   <translation>Unsicher, neigt zu {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>too far</source>
   <translation>zu weit</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>version {0}</source>
   <translation>Version {0}</translation>
  </message>
 </context>
 <context>
  <name>OrderImportController</name>
  <message>
   <location filename="order_import.py" />
   <source>Orders of the list: {0}.</source>
   <translation>Aufträge der Liste: {0}.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>Show the lines</source>
   <translation>Zeilen zeigen</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>The list changes nothing here.</source>
   <translation>Die Liste ändert hier nichts.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} cancelled</source>
   <translation>{0} storniert</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} changed</source>
   <translation>{0} geändert</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} new</source>
   <translation>{0} neu</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} not taken</source>
   <translation>{0} nicht übernommen</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} there already</source>
   <translation>{0} schon da</translation>
  </message>
 </context>
 <context>
  <name>OrdersInController</name>
  <message>
   <location filename="orders_in.py" />
   <source>Orders of the hospital’s system need a person: {0}.</source>
   <translation>Aufträge des Kliniksystems, die einen Menschen brauchen: {0}.</translation>
  </message>
  <message>
   <location filename="orders_in.py" />
   <source>Show messages</source>
   <translation>Nachrichten zeigen</translation>
  </message>
 </context>
 <context>
  <name>OrdersPanel</name>
  <message>
   <location filename="orders_panel.py" />
   <source>Asks the DICOM worklist.</source>
   <translation>Fragt die DICOM-Arbeitsliste ab.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Files of orders are taken from there</source>
   <translation>Von dort kommen Auftragsdateien</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Its certificate and key</source>
   <translation>Zertifikat und Schlüssel dafür</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Last message: {0}.</source>
   <translation>Letzte Nachricht: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on (HL7)</source>
   <translation>Lauscht auf (HL7)</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, encrypted.</source>
   <translation>Lauscht auf {0}, verschlüsselt.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, in the clear.</source>
   <translation>Lauscht auf {0}, unverschlüsselt.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Need a person: {0}.</source>
   <translation>Brauchen einen Menschen: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Off: orders come only from lists that somebody imports.</source>
   <translation>Aus: Aufträge kommen nur aus Listen, die jemand einliest.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM of their certificates; empty: everybody</source>
   <translation>PEM der Zertifikate; leer: alle</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM; for encrypted lines</source>
   <translation>PEM; für verschlüsselte Leitungen</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Refused: {0}.</source>
   <translation>Abgelehnt: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Show messages</source>
   <translation>Nachrichten zeigen</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>To be carried out: {0}.</source>
   <translation>Noch auszuführen: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watched folder</source>
   <translation>Überwachter Ordner</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watches the folder.</source>
   <translation>Überwacht den Ordner.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Who may call</source>
   <translation>Wer anrufen darf</translation>
  </message>
 </context>
 <context>
  <name>OrdersSheet</name>
  <message>
   <location filename="orders_sheet.py" />
   <source>Begin case</source>
   <translation>Fall beginnen</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Came</source>
   <translation>Eingang</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Dismiss</source>
   <translation>Verwerfen</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>From</source>
   <translation>Von</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Message</source>
   <translation>Nachricht</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Nothing was refused, and nothing needs a person.</source>
   <translation>Nichts wurde abgelehnt, und nichts braucht einen Menschen.</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Number of a new case</source>
   <translation>Nummer eines neuen Falls</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Orders that need a person</source>
   <translation>Aufträge, die einen Menschen brauchen</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Reason to dismiss it</source>
   <translation>Grund zum Verwerfen</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>What to know</source>
   <translation>Was zu wissen ist</translation>
  </message>
 </context>
 <context>
  <name>OutboxPanel</name>
  <message>
   <location filename="outbox_panel.py" />
   <source>Failed {0}</source>
   <translation>Gescheitert {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Not sent, {0}</source>
   <translation>Nicht gesendet, {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Outbox</source>
   <translation>Postausgang</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent and kept by the archive {0}</source>
   <translation>Gesendet und vom Archiv aufbewahrt {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent {0}</source>
   <translation>Gesendet {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent; the archive has not said yet that it keeps it</source>
   <translation>Gesendet; das Archiv hat noch nicht gesagt, dass es das aufbewahrt</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Take back</source>
   <translation>Zurücknehmen</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Try again now</source>
   <translation>Jetzt erneut versuchen</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Wait no longer for the archive</source>
   <translation>Nicht länger auf das Archiv warten</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting</source>
   <translation>Wartet</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting; next try at {0}</source>
   <translation>Wartet; nächster Versuch um {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>and {0} more</source>
   <translation>und {0} weitere</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>{0} · in the clear</source>
   <translation>{0} · im Klartext</translation>
  </message>
 </context>
 <context>
  <name>OverviewCard</name>
  <message>
   <location filename="overview_card.py" />
   <source>1 image tells no place.</source>
   <translation>1 Bild gibt keinen Ort an.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Close the overview</source>
   <translation>Übersicht schließen</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Images of other cameras, days or folders lie elsewhere: they are not mixed</source>
   <translation>Bilder anderer Kameras, Tage oder Ordner liegen anderswo: sie werden nicht gemischt</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Its size on the slide is not known</source>
   <translation>Seine Größe auf dem Objektträger ist nicht bekannt</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>No image of this case tells its place on the slide. Open OME-TIFF or TIFF files as the microscope saved them, or take images through Micro-Manager with a motorized stage.</source>
   <translation>Kein Bild dieses Falls gibt seinen Ort auf dem Objektträger an. Öffnen Sie OME-TIFF- oder TIFF-Dateien, wie das Mikroskop sie gespeichert hat, oder nehmen Sie Bilder über Micro-Manager mit einem motorisierten Tisch auf.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Overview</source>
   <translation>Übersicht</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Place: x {0} mm, y {1} mm</source>
   <translation>Ort: x {0} mm, y {1} mm</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Placed by its overlap</source>
   <translation>Nach der Überlappung eingeordnet</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Point at an image; the arrow keys go from one to the next.</source>
   <translation>Auf ein Bild zeigen; die Pfeiltasten gehen von einem zum nächsten.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>This case has no images yet.</source>
   <translation>Dieser Fall hat noch keine Bilder.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Which images are shown</source>
   <translation>Welche Bilder gezeigt werden</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>by their overlap</source>
   <translation>nach ihrer Überlappung</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>no name</source>
   <translation>ohne Namen</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} images tell no place.</source>
   <translation>{0} Bilder geben keinen Ort an.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} of {1}: {2}</source>
   <translation>{0} von {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>OverviewLegend</name>
  <message>
   <location filename="overview_legend.py" />
   <source>An image has the sign of what needs a person first: unsure, leukemic, healthy</source>
   <translation>Ein Bild hat das Zeichen dessen, was zuerst einen Menschen braucht: unsicher, leukämisch, gesund</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Cell shown</source>
   <translation>Gezeigte Zelle</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Image shown</source>
   <translation>Gezeigtes Bild</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>No cells, or not judged</source>
   <translation>Keine Zellen oder nicht beurteilt</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>What the signs mean</source>
   <translation>Was die Zeichen bedeuten</translation>
  </message>
 </context>
 <context>
  <name>OverviewMap</name>
  <message>
   <location filename="overview_map.py" />
   <source>Images in their places on the slide</source>
   <translation>Bilder an ihren Orten auf dem Objektträger</translation>
  </message>
 </context>
 <context>
  <name>OwnModel</name>
  <message>
   <location filename="own_model.py" />
   <source>The import was stopped; nothing was installed.</source>
   <translation>Der Import wurde angehalten; nichts wurde installiert.</translation>
  </message>
  <message>
   <location filename="own_model.py" />
   <source>Trying was stopped; nothing was installed.</source>
   <translation>Das Ausprobieren wurde angehalten; nichts wurde installiert.</translation>
  </message>
 </context>
 <context>
  <name>PeoplePanel</name>
  <message>
   <location filename="people_panel.py" />
   <source>Add person</source>
   <translation>Person hinzufügen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Administrator</source>
   <translation>Verwalter</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>By the groups of the hospital’s directory</source>
   <translation>Nach den Gruppen im Verzeichnis des Krankenhauses</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Close account</source>
   <translation>Konto schließen</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Lock the screen after</source>
   <translation>Bildschirm sperren nach</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Open account</source>
   <translation>Konto öffnen</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password</source>
   <translation>Passwort</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password again</source>
   <translation>Passwort wiederholen</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password, at least 10 characters</source>
   <translation>Passwort, mindestens 10 Zeichen</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>People sign in with a password</source>
   <translation>Personen melden sich mit Passwort an</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Reviewer</source>
   <translation>Prüfer</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role</source>
   <translation>Rolle</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role of {0}</source>
   <translation>Rolle von {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Technician</source>
   <translation>MTL</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>The two passwords differ; write the password again.</source>
   <translation>Die beiden Passwörter sind verschieden; schreiben Sie das Passwort noch einmal.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Who decided a cell cannot sign its case</source>
   <translation>Wer eine Zelle entschied, kann den Fall nicht unterschreiben</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the administrator’s name and password below first, then turn this on.</source>
   <translation>Schreiben Sie zuerst unten Namen und Passwort des Verwalters, dann schalten Sie dies ein.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the password twice.</source>
   <translation>Schreiben Sie das Passwort zweimal.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>never</source>
   <translation>nie</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>{0} is administrator: write name and password below, then turn this on.</source>
   <translation>{0} ist Verwalter: Schreiben Sie unten Namen und Passwort, dann schalten Sie dies ein.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>{0} min</source>
   <translation>{0} min</translation>
  </message>
 </context>
 <context>
  <name>PeoplePart</name>
  <message>
   <location filename="people_part.py" />
   <source>Begin</source>
   <translation>Beginnen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by anyone</source>
   <translation>Von irgendwem entschieden</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by me</source>
   <translation>Von mir entschieden</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by others</source>
   <translation>Von anderen entschieden</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Go on: {0} of {1}, {2}</source>
   <translation>Weiter: {0} von {1}, {2}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>How many cells</source>
   <translation>Wie viele Zellen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Name cells of reviewed cases once more, without seeing what was said before. How far people agree is shown here, and kept in the audit trail.</source>
   <translation>Benennen Sie Zellen durchgesehener Fälle noch einmal, ohne zu sehen, was vorher gesagt wurde. Wie weit Personen übereinstimmen, wird hier gezeigt und im Prüfprotokoll aufbewahrt.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>No re-read yet</source>
   <translation>Noch nichts nachgelesen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Practice: tell after each cell</source>
   <translation>Übung: nach jeder Zelle sagen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Re-reads</source>
   <translation>Nachlesen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Read decided cells once more. Neither the program’s opinion nor the earlier label is shown.</source>
   <translation>Lesen Sie entschiedene Zellen noch einmal. Weder die Meinung des Programms noch die frühere Benennung wird gezeigt.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>The same {0} cells as {1}</source>
   <translation>Dieselben {0} Zellen wie {1}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Whose decisions</source>
   <translation>Wessen Entscheidungen</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
 </context>
 <context>
  <name>PreviewPane</name>
  <message>
   <location filename="preview.py" />
   <source>As wide as the window</source>
   <translation>So breit wie das Fenster</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Larger (Ctrl+wheel)</source>
   <translation>Größer (Strg+Mausrad)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Next page (Page Down)</source>
   <translation>Nächste Seite (Bild ab)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page before (Page Up)</source>
   <translation>Vorige Seite (Bild auf)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page {0} of {1}</source>
   <translation>Seite {0} von {1}</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Smaller (Ctrl+wheel)</source>
   <translation>Kleiner (Strg+Mausrad)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>The report as it prints</source>
   <translation>Der Bericht, wie er gedruckt wird</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Whole page</source>
   <translation>Ganze Seite</translation>
  </message>
 </context>
 <context>
  <name>ProbabilityBar</name>
  <message>
   <location filename="probability_bar.py" />
   <source>Probability of leukemic {0}; unsure between {1} and {2}</source>
   <translation>Wahrscheinlichkeit für leukämisch {0}; unsicher zwischen {1} und {2}</translation>
  </message>
 </context>
 <context>
  <name>ProfilesPanel</name>
  <message>
   <location filename="profiles_panel.py" />
   <source>Damaged or changed by hand, and left out: {0}. Save it again where it was made.</source>
   <translation>Beschädigt oder von Hand geändert und ausgelassen: {0}. Dort neu speichern, wo es entstand.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to the shipped models</source>
   <translation>Zurück zu den mitgelieferten Modellen</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to {0}</source>
   <translation>Zurück zu {0}</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>None yet: begin with the cells, on the right.</source>
   <translation>Noch keines: rechts mit den Zellen beginnen.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Site profiles</source>
   <translation>Laborprofile</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Speaks now</source>
   <translation>Spricht jetzt</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Take a profile from a file…</source>
   <translation>Profil aus einer Datei…</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach anew</source>
   <translation>Neu lehren</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach the program your own microscope, see what that is worth, and let it speak.</source>
   <translation>Dem Programm das eigene Mikroskop beibringen, sehen, was das wert ist, und es einsetzen.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>The shipped models</source>
   <translation>Die mitgelieferten Modelle</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>They may be worth teaching anew.</source>
   <translation>Sie können es wert sein, neu zu lehren.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>speaks now</source>
   <translation>spricht jetzt</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>{0} cells were corrected since {1} was taught.</source>
   <translation>{0} Zellen wurden korrigiert, seit {1} gelehrt wurde.</translation>
  </message>
 </context>
 <context>
  <name>Program</name>
  <message>
   <location filename="program.py" />
   <source>Imported models that came back: {0}.</source>
   <translation>Importierte Modelle, die zurückgekommen sind: {0}.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Every case can be opened; go on in the settings when there is time.</source>
   <translation>Angehalten. Jeder Fall lässt sich öffnen; fahren Sie in den Einstellungen fort, wenn Zeit ist.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Nothing was changed.</source>
   <translation>Angehalten. Nichts wurde geändert.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The backup is in the place of the cases; what was there is kept beside it.</source>
   <translation>Die Sicherung ist an der Stelle der Fälle; was dort war, bleibt daneben erhalten.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are encrypted.</source>
   <translation>Die Fälle sind verschlüsselt.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are in the clear again.</source>
   <translation>Die Fälle sind wieder unverschlüsselt.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The language changes as soon as what runs now is done.</source>
   <translation>Die Sprache wechselt, sobald fertig ist, was jetzt läuft.</translation>
  </message>
 </context>
 <context>
  <name>ProofCard</name>
  <message>
   <location filename="proof_card.py" />
   <source>0 to 1</source>
   <translation>0 bis 1</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Back to the patients left out</source>
   <translation>Zurück zu den ausgelassenen Patienten</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Compare with {0}, which speaks now</source>
   <translation>Mit {0} vergleichen, das jetzt spricht</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Each look is counted: a test that is looked at often is none any more.</source>
   <translation>Jeder Blick wird gezählt: Ein Test, der oft angesehen wird, ist keiner mehr.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Figure</source>
   <translation>Größe</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Gain</source>
   <translation>Gewinn</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Go on: activate</source>
   <translation>Weiter: einsetzen</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Intervals of 95 % are over patients.</source>
   <translation>Intervalle von 95 % gelten über Patienten.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Locked part</source>
   <translation>Verschlossener Teil</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Look at the locked patients</source>
   <translation>Die verschlossenen Patienten ansehen</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>No patient is locked away: with fewer than six of a class, all are needed.</source>
   <translation>Kein Patient ist verschlossen: Bei weniger als sechs einer Klasse werden alle gebraucht.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped</source>
   <translation>Mitgeliefert</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped ○</source>
   <translation>Mitgeliefert ○</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>To look, choose the cells again in the first step.</source>
   <translation>Um sie anzusehen, im ersten Schritt die Zellen neu wählen.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>What each class was called (rows: people’s word)</source>
   <translation>Wie jede Klasse genannt wurde (Zeilen: das Wort der Menschen)</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile</source>
   <translation>Mit dem Profil</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile ●</source>
   <translation>Mit dem Profil ●</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at once</source>
   <translation>einmal angesehen</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at {0} times</source>
   <translation>{0}-mal angesehen</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>nobody has looked yet</source>
   <translation>noch niemand hat sie angesehen</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0} patients are locked away, and no teaching ever sees them: {1}.</source>
   <translation>{0} Patienten sind verschlossen, und kein Lehren sieht sie je: {1}.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: by leaving patients out, beside the shipped models on the same cells.</source>
   <translation>{0}: durch Auslassen von Patienten, neben den mitgelieferten Modellen an denselben Zellen.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: on {1} cells of {2} locked patients, which no teaching has seen.</source>
   <translation>{0}: an {1} Zellen von {2} verschlossenen Patienten, die kein Lehren gesehen hat.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>○ is {0}, which speaks now.</source>
   <translation>○ ist {0}, das jetzt spricht.</translation>
  </message>
 </context>
 <context>
  <name>Purpose</name>
  <message>
   <location filename="purpose.py" />
   <source>Decision support for research and evaluation, not a medical device.</source>
   <translation>Entscheidungshilfe für Forschung und Erprobung, kein Medizinprodukt.</translation>
  </message>
 </context>
 <context>
  <name>Quality</name>
  <message>
   <location filename="quality_words.py" />
   <source>1 more cell</source>
   <translation>1 weitere Zelle</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking the shipped models: {0} of {1} cells</source>
   <translation>Mitgelieferte Modelle werden gefragt: {0} von {1} Zellen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking with the profile: {0} of {1} cells</source>
   <translation>Mit dem Profil wird gefragt: {0} von {1} Zellen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Balanced accuracy</source>
   <translation>Ausgewogene Genauigkeit</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than the shipped models on patients that it had not seen.</source>
   <translation>Besser als die mitgelieferten Modelle, an Patienten, die es nicht gesehen hatte.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than {0}, which speaks now, on the locked patients.</source>
   <translation>Besser als {0}, das jetzt spricht, an den verschlossenen Patienten.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Calibration error (ECE), smaller is better</source>
   <translation>Kalibrierfehler (ECE), kleiner ist besser</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Classes</source>
   <translation>Klassen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Keeping the profile</source>
   <translation>Profil wird behalten</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Learning from all: {0} of {1}</source>
   <translation>Von allen lernen: {0} von {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leaving patients out and asking about theirs: {0} of {1}</source>
   <translation>Patienten auslassen und nach ihren Zellen fragen: {0} von {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leukemic or healthy</source>
   <translation>Leukämisch oder gesund</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Neither</source>
   <translation>Keines von beiden</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than the shipped models on patients that it had not seen.</source>
   <translation>Nicht besser als die mitgelieferten Modelle, an Patienten, die es nicht gesehen hatte.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than {0}, which speaks now, on the locked patients.</source>
   <translation>Nicht besser als {0}, das jetzt spricht, an den verschlossenen Patienten.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells</source>
   <translation>Zellen werden gelesen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells: {0}</source>
   <translation>Zellen werden gelesen: {0}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Right among the decided</source>
   <translation>Richtig unter den entschiedenen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Sensitivity</source>
   <translation>Sensitivität</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Share decided</source>
   <translation>Anteil entschieden</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Specificity</source>
   <translation>Spezifität</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few cells or patients to tell whether it is better than the shipped models.</source>
   <translation>Zu wenige Zellen oder Patienten, um zu sagen, ob es besser ist als die mitgelieferten Modelle.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few locked cells or patients to tell whether it is better than {0}.</source>
   <translation>Zu wenige verschlossene Zellen oder Patienten, um zu sagen, ob es besser ist als {0}.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>better</source>
   <translation>besser</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>case {0}, image {1}</source>
   <translation>Fall {0}, Bild {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>no better</source>
   <translation>nicht besser</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>not known</source>
   <translation>nicht bekannt</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>too few to tell</source>
   <translation>zu wenige, um es zu sagen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} ({1} to {2})</source>
   <translation>{0} ({1} bis {2})</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} cells of {1} patients</source>
   <translation>{0} Zellen von {1} Patienten</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells</source>
   <translation>{0} weitere Zellen</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of 1 more patient</source>
   <translation>{0} weitere Zellen von 1 weiteren Patienten</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of {1} more patients</source>
   <translation>{0} weitere Zellen von {1} weiteren Patienten</translation>
  </message>
 </context>
 <context>
  <name>QualityPage</name>
  <message>
   <location filename="page.py" />
   <source>1  Cells</source>
   <translation>1  Zellen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>2  Teach</source>
   <translation>2  Lehren</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>3  Proof</source>
   <translation>3  Nachweis</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>4  Activate</source>
   <translation>4  Einsetzen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Begin with the cells</source>
   <translation>Mit den Zellen beginnen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Tägliche Kontrolle</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop a folder of labeled cells, or a site profile</source>
   <translation>Einen Ordner benannter Zellen oder ein Laborprofil ablegen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop images of a control slide to measure them</source>
   <translation>Bilder eines Kontrollpräparats ablegen, um sie zu vermessen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Examples</source>
   <translation>Beispiele</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name some cells first; what they teach is proven and shown here.</source>
   <translation>Zuerst einige Zellen benennen; was sie lehren, wird hier nachgewiesen und gezeigt.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No profile yet</source>
   <translation>Noch kein Profil</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Parts of the page</source>
   <translation>Teile der Seite</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Quality</source>
   <translation>Qualität</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Steps</source>
   <translation>Schritte</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Teaching</source>
   <translation>Anlernen</translation>
  </message>
 </context>
 <context>
  <name>QualityPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>Can be judged, with care</source>
   <translation>Beurteilbar, mit Vorsicht</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Good enough to be judged</source>
   <translation>Gut genug für ein Urteil</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not good enough to be judged</source>
   <translation>Nicht gut genug für ein Urteil</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not measured</source>
   <translation>Nicht gemessen</translation>
  </message>
 </context>
 <context>
  <name>Rail</name>
  <message>
   <location filename="rail.py" />
   <source>Pages</source>
   <translation>Seiten</translation>
  </message>
 </context>
 <context>
  <name>RankingNote</name>
  <message>
   <location filename="cell_orders.py" />
   <source>Comparing cells: {0} of {1}</source>
   <translation>Zellen werden verglichen: {0} von {1}</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Finding out which cells teach most</source>
   <translation>Es wird ermittelt, welche Zellen am meisten lehren</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
 </context>
 <context>
  <name>ReadingCard</name>
  <message>
   <location filename="reading_card.py" />
   <source>Cell {0} of {1}: what is the one in the middle?</source>
   <translation>Zelle {0} von {1}: Was ist die in der Mitte?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Go on later</source>
   <translation>Später weiter</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Next cell</source>
   <translation>Nächste Zelle</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Practice, cell {0} of {1}: what is the one in the middle?</source>
   <translation>Übung, Zelle {0} von {1}: Was ist die in der Mitte?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>The cell to name</source>
   <translation>Die zu benennende Zelle</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>You: {0}. {1} had decided: {2}. The program: {3}, {4}.</source>
   <translation>Sie: {0}. {1} hatte entschieden: {2}. Das Programm: {3}, {4}.</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>no class</source>
   <translation>keine Klasse</translation>
  </message>
 </context>
 <context>
  <name>ReasonLine</name>
  <message>
   <location filename="reason_line.py" />
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>It does not tell leukemic from healthy cells as it is fed: {0}. It judges only with a reason.</source>
   <translation>So, wie es die Zellen bekommt, trennt es leukämische nicht von gesunden: {0}. Es urteilt nur mit einer Begründung.</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Let it judge</source>
   <translation>Urteilen lassen</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>The reason goes into the audit trail; then the model judges new images</source>
   <translation>Die Begründung kommt in das Prüfprotokoll; dann beurteilt das Modell neue Bilder</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Why this model is to judge all the same</source>
   <translation>Warum dieses Modell trotzdem urteilen soll</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Write the reason…</source>
   <translation>Begründung schreiben…</translation>
  </message>
 </context>
 <context>
  <name>Recording</name>
  <message>
   <location filename="recording.py" />
   <source>End recording</source>
   <translation>Aufzeichnung beenden</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record</source>
   <translation>Aufzeichnen</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record…</source>
   <translation>Aufzeichnen…</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Video (*.avi *.mp4)</source>
   <translation>Video (*.avi *.mp4)</translation>
  </message>
 </context>
 <context>
  <name>RecordingLight</name>
  <message>
   <location filename="recording_light.py" />
   <source>Recording, {0}</source>
   <translation>Aufzeichnung, {0}</translation>
  </message>
 </context>
 <context>
  <name>RecoverSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Open the cases</source>
   <translation>Fälle öffnen</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Wiederherstellungsschlüssel</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>These cases are encrypted, and their key is not on this computer, or its keyring is locked. Type the recovery key from the paper or file that was made when they were encrypted: 12 groups, in capitals or not.</source>
   <translation>Diese Fälle sind verschlüsselt, und ihr Schlüssel ist nicht auf diesem Computer, oder dessen Schlüsselbund ist gesperrt. Tippen Sie den Wiederherstellungsschlüssel von dem Papier oder der Datei ab, die beim Verschlüsseln gemacht wurde: 12 Gruppen, groß oder klein geschrieben.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type the recovery key</source>
   <translation>Wiederherstellungsschlüssel eingeben</translation>
  </message>
 </context>
 <context>
  <name>RecoveryPaper</name>
  <message>
   <location filename="recovery_paper.py" />
   <source>It cannot be made again.</source>
   <translation>Er kann nicht neu gemacht werden.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Lock this page away. Who has it can read the cases and their backups.</source>
   <translation>Schließen Sie dieses Blatt weg. Wer es hat, kann die Fälle und ihre Sicherungen lesen.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Recovery key of the cases</source>
   <translation>Wiederherstellungsschlüssel der Fälle</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>When the computer is lost, or its keyring: install LeukoScope, put the data folder or a backup back, and type this key when the program asks for it.</source>
   <translation>Wenn der Computer oder sein Schlüsselbund verloren ist: LeukoScope installieren, den Datenordner oder eine Sicherung zurücklegen und diesen Schlüssel eintippen, wenn das Programm danach fragt.</translation>
  </message>
 </context>
 <context>
  <name>Report</name>
  <message>
   <location filename="cards.py" />
   <source>(program: {said})</source>
   <translation>(Programm: {said})</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % Wilson intervals.</source>
   <translation>95-%-Wilson-Intervalle.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>95 % interval</source>
   <translation>95-%-Intervall</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % interval {low} to {high} %</source>
   <translation>95-%-Intervall {low} bis {high} %</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>A map shows evidence for the side the model leans to, on a scale that is the same for every cell: from nothing to a top that was fixed for each map when the model was made. Little color means little evidence.</source>
   <translation>Eine Karte zeigt die Hinweise für die Seite, zu der das Modell neigt, auf einer Skala, die für jede Zelle gleich ist: von nichts bis zu einem Höchstwert, der für jede Karte beim Bau des Modells festgelegt wurde. Wenig Farbe heißt wenig Hinweise.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>A person has decided {n} of {total} cells; their label counts.</source>
   <translation>Ein Mensch hat bei {n} von {total} Zellen entschieden; sein Urteil zählt.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>A probability is calibrated on the data named beside each model. On slides, stains and cameras unlike those data it can be wrong with great confidence; “unlike the training data” catches many such cells, not all.</source>
   <translation>Eine Wahrscheinlichkeit ist an den Daten kalibriert, die beim jeweiligen Modell stehen. Bei Präparaten, Färbungen und Kameras, die anders sind als diese Daten, kann sie sehr sicher falsch liegen; „anders als die Trainingsdaten“ fängt viele solche Zellen ab, nicht alle.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Agreement of the models</source>
   <translation>Übereinstimmung der Modelle</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Alle Bilder dieses Falls hat LeukoScope selbst gezeichnet: ein Gesichtsfeld mit gewöhnlichem Blut, eines mit Blasten und einzelne Zellen. Probieren Sie die Tasten aus; es kann nichts kaputtgehen.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Amended; earlier reports stay.</source>
   <translation>Nachträglich geändert; frühere Berichte bleiben erhalten.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Amendments</source>
   <translation>Nachträge</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>And {n} more; the table lists them all.</source>
   <translation>Und {n} weitere; die Tabelle führt alle auf.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Artifacts</source>
   <translation>Artefakte</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Basophils</source>
   <translation>Basophile</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Begun</source>
   <translation>Begonnen</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Blasts</source>
   <translation>Blasten</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Blasts among the mononuclear cells: {n} of {total}, {percent} (95 % interval {low} to {high} %).</source>
   <translation>Blasten unter den mononukleären Zellen: {n} von {total}, {percent} (95-%-Intervall {low} bis {high} %).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Blue of empty glass</source>
   <translation>Blau des leeren Glases</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Calibration</source>
   <translation>Kalibrierung</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Case</source>
   <translation>Fall</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Case {number}</source>
   <translation>Fall {number}</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell</source>
   <translation>Zelle</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell {n}</source>
   <translation>Zelle {n}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Cells are shown as the models saw them: cut out, on black, at the scale of the training images.</source>
   <translation>Zellen sind gezeigt, wie die Modelle sie sahen: ausgeschnitten, auf Schwarz, im Maßstab der Trainingsbilder.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Cells drawn by a person: {drawn}. Cells taken out by a person: {removed}.</source>
   <translation>Von einer Person eingezeichnete Zellen: {drawn}. Von einer Person entfernte Zellen: {removed}.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Cells with the look of blasts; a second person and immunophenotyping shall confirm them.</source>
   <translation>Zellen mit dem Aussehen von Blasten; Bestätigung durch eine zweite Person und Immunphänotypisierung empfohlen.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cells {first} to {last}</source>
   <translation>Zellen {first} bis {last}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Class</source>
   <translation>Klasse</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Clipping</source>
   <translation>Überstrahlung</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Color</source>
   <translation>Farbe</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Conclusion</source>
   <translation>Beurteilung</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Contrast</source>
   <translation>Kontrast</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Counted</source>
   <translation>Gezählt</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Date and signature</source>
   <translation>Datum und Unterschrift</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Date of birth and sex</source>
   <translation>Geburtsdatum und Geschlecht</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Decided {label} by {name}, {moment}; the program says {said}.</source>
   <translation>{name} entschied {label}, {moment}; das Programm sagt {said}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Decision support, not a medical device</source>
   <translation>Entscheidungshilfe, kein Medizinprodukt</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Demo, not a person</source>
   <translation>Demo, keine Person</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Diameter of red cells</source>
   <translation>Durchmesser der roten Zellen</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Differential</source>
   <translation>Differenzialblutbild</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Differential within the usual range; no cell with the look of a blast among the counted cells.</source>
   <translation>Differenzialblutbild im üblichen Bereich; keine Zelle mit dem Aussehen eines Blasten unter den gezählten Zellen.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Distance from known cells</source>
   <translation>Abstand von bekannten Zellen</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Distance from the training cells: {share} of the limit.</source>
   <translation>Abstand zu den Trainingszellen: {share} der Grenze.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Drawn by {name}, {moment}.</source>
   <translation>Eingezeichnet von {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Drawn smear</source>
   <translation>Gezeichneter Ausstrich</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Each model gives a calibrated probability that the cell is leukemic, 0 to 1. The bar shows it as the shape of the model’s own verdict; the amber stretch is the unsure band.</source>
   <translation>Jedes Modell gibt eine kalibrierte Wahrscheinlichkeit von 0 bis 1, dass die Zelle leukämisch ist. Der Balken zeigt sie in der Form des Urteils dieses Modells; der bernsteinfarbene Abschnitt ist der Unsicherheitsbereich.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Earlier cases of this patient</source>
   <translation>Frühere Fälle dieses Patienten</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Eosinophils</source>
   <translation>Eosinophile</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Erythroblasts</source>
   <translation>Erythroblasten</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Erythroblasts in the blood.</source>
   <translation>Erythroblasten im Blut.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Erythroblasts: {n} for 100 white cells (95 % interval {low} to {high}).</source>
   <translation>Erythroblasten: {n} auf 100 weiße Zellen (95-%-Intervall {low} bis {high}).</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Evidence for the model’s leaning, fixed scale:</source>
   <translation>Hinweise, feste Skala:</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Exposure</source>
   <translation>Belichtung</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Fewer than {n} white cells were counted: the percentages say little.</source>
   <translation>Weniger als {n} weiße Zellen wurden gezählt: Die Prozente sagen wenig.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Fields</source>
   <translation>Gesichtsfelder</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band.</source>
   <translation>Zahlen: Wahrscheinlichkeit für leukämisch, 0 bis 1. Bernstein: unsicher.</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Focus</source>
   <translation>Schärfe</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Healthy</source>
   <translation>Gesund</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>How to read this report</source>
   <translation>Wie dieser Bericht zu lesen ist</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Illumination</source>
   <translation>Ausleuchtung</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Image quality</source>
   <translation>Bildqualität</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: good.</source>
   <translation>Bildqualität: gut.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: not good enough.</source>
   <translation>Bildqualität: nicht ausreichend.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: warning.</source>
   <translation>Bildqualität: Warnung.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Immature granulocytes</source>
   <translation>Unreife Granulozyten</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Immature granulocytes in the blood (left shift).</source>
   <translation>Unreife Granulozyten im Blut (Linksverschiebung).</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Imported by the user; nothing is known of its training.</source>
   <translation>Vom Nutzer importiert; über das Training ist nichts bekannt.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>In Ordnung; Grenzen {low} bis {high}.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>It judges single white blood cells in stained smears under bright-field microscopy. It does not judge other stains, other cells, bone marrow architecture, or a patient.</source>
   <translation>Es beurteilt einzelne weiße Blutzellen in gefärbten Ausstrichen unter dem Hellfeldmikroskop. Es beurteilt keine anderen Färbungen, keine anderen Zellen, keine Knochenmarkarchitektur und keinen Patienten.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic</source>
   <translation>Leukämisch</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic among all cells of each case, with 95 % Wilson intervals, as the cases stand today.</source>
   <translation>Leukämische unter allen Zellen jedes Falls, mit 95-%-Wilson-Intervallen, nach dem heutigen Stand der Fälle.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>LeukoScope is decision support for research and evaluation. It is not a medical device, and nothing in this report is a medical finding by itself: a qualified person looks at the cells and decides.</source>
   <translation>LeukoScope ist eine Entscheidungshilfe für Forschung und Erprobung. Es ist kein Medizinprodukt, und nichts in diesem Bericht ist für sich ein medizinischer Befund: Ein sachkundiger Mensch sieht die Zellen an und entscheidet.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Light of empty glass</source>
   <translation>Licht des leeren Glases</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Lymphocytes</source>
   <translation>Lymphozyten</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Lymphocytes predominate; their look is that of mature cells.</source>
   <translation>Lymphozyten überwiegen; sie sehen wie reife Zellen aus.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Mature neutrophils predominate.</source>
   <translation>Reife neutrophile Granulozyten überwiegen.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>May-Grünwald-Giemsa (drawn)</source>
   <translation>May-Grünwald-Giemsa (gezeichnet)</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Microscope</source>
   <translation>Mikroskop</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Models, how to read this report, and its limits</source>
   <translation>Modelle, Lesehilfe und Grenzen</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Monocytes</source>
   <translation>Monozyten</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Most often: {advice}</source>
   <translation>Am häufigsten: {advice}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Motion</source>
   <translation>Bewegung</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Network</source>
   <translation>Netz</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Neutrophils</source>
   <translation>Neutrophile</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>No cell is unsure by the program’s judgment.</source>
   <translation>Nach dem Urteil des Programms ist keine Zelle unsicher.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No cell was judged in this case.</source>
   <translation>In diesem Fall wurde keine Zelle beurteilt.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>No font on this computer has these characters; they are printed as empty boxes: {codes}.</source>
   <translation>Keine Schrift auf diesem Rechner hat diese Zeichen; sie sind als leere Kästchen gedruckt: {codes}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No person has decided on any cell yet: these are the program’s labels.</source>
   <translation>Noch hat kein Mensch über eine Zelle entschieden: Dies sind die Urteile des Programms.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>No relevant change against the earlier cases of this patient.</source>
   <translation>Keine wesentliche Änderung gegenüber den früheren Fällen dieses Patienten.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>No white cells</source>
   <translation>Keine weißen Zellen</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Not counted: {what}.</source>
   <translation>Nicht gezählt: {what}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Not named</source>
   <translation>Nicht benannt</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Note</source>
   <translation>Notiz</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Notes</source>
   <translation>Notizen</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Number</source>
   <translation>Nummer</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>On stains, cameras and specimens unlike its training data it can be wrong with great confidence. A qualified person looks at the cells and decides.</source>
   <translation>Bei Färbungen, Kameras und Proben, die seinen Trainingsdaten nicht gleichen, kann es sich mit großer Sicherheit irren. Eine fachkundige Person sieht die Zellen an und entscheidet.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Opened again</source>
   <translation>Wieder geöffnet</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Operator</source>
   <translation>Bearbeitet von</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Other class</source>
   <translation>Andere Klasse</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Außer Kontrolle ({rules}); Grenzen {low} bis {high}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Page {page}</source>
   <translation>Seite {page}</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Page {page} of {pages}</source>
   <translation>Seite {page} von {pages}</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient number</source>
   <translation>Patientennummer</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>People’s corrections</source>
   <translation>Korrekturen von Personen</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Percent</source>
   <translation>Prozent</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Please compare with the complete blood count.</source>
   <translation>Bitte mit dem großen Blutbild vergleichen.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: amended by {name}, {moment}, and not signed since.</source>
   <translation>Vorläufig: von {name} berichtigt, {moment}, und seither nicht unterschrieben.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: every cell has been looked at, and nobody has signed this report yet.</source>
   <translation>Vorläufig: Jede Zelle ist durchgesehen, und noch niemand hat diesen Bericht unterschrieben.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: nobody has signed this report.</source>
   <translation>Vorläufig: Niemand hat diesen Bericht unterschrieben.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program</source>
   <translation>Programm</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program and people</source>
   <translation>Programm und Menschen</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>Proof of the content</source>
   <translation>Nachweis des Inhalts</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Quality control</source>
   <translation>Qualitätskontrolle</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Reason: {reason}</source>
   <translation>Grund: {reason}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Red of empty glass</source>
   <translation>Rot des leeren Glases</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Resolution</source>
   <translation>Auflösung</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Reviewed by</source>
   <translation>Durchgesehen von</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Rules</source>
   <translation>Regeln</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Runs</source>
   <translation>Läufe</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Scale</source>
   <translation>Maßstab</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>Shape, against healthy lymphocytes: {figures}.</source>
   <translation>Form, gegen gesunde Lymphozyten: {figures}.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Share of unsure cells</source>
   <translation>Anteil unsicherer Zellen</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>Shares are given with their number of cells and a 95 % Wilson interval. The interval counts the chance of drawing these cells; it does not count the errors of the models.</source>
   <translation>Anteile stehen mit ihrer Zahl von Zellen und einem 95-%-Wilson-Intervall. Das Intervall berücksichtigt den Zufall, gerade diese Zellen zu ziehen; es berücksichtigt nicht die Fehler der Modelle.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Signatures</source>
   <translation>Unterschriften</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Signed by {name}, {moment}.</source>
   <translation>Unterschrieben von {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Size</source>
   <translation>Größe</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smear or stain of limited quality; a new smear is recommended.</source>
   <translation>Ausstrich oder Färbung von eingeschränkter Qualität; ein neuer Ausstrich wird empfohlen.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Smudge cells</source>
   <translation>Kernschatten</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smudge cells; the count is uncertain.</source>
   <translation>Kernschatten; die Zählung ist unsicher.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Specimen</source>
   <translation>Probe</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Stain</source>
   <translation>Färbung</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of nuclei</source>
   <translation>Färbung der Kerne</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of red cells</source>
   <translation>Färbung der roten Zellen</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Summary</source>
   <translation>Zusammenfassung</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Taken out by {name}, {moment}: {image}, {width} × {height} px at {x}, {y}; the program says {said}.</source>
   <translation>Entfernt von {name}, {moment}: {image}, {width} × {height} px bei {x}, {y}; das Programm sagt {said}.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Temperature {temperature}, bias {bias}; {fitted_on}</source>
   <translation>Temperatur {temperature}, Versatz {bias}; {fitted_on}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>The audit trail ended with {trail} when this was printed.</source>
   <translation>Das Protokoll endete mit {trail}, als dies gedruckt wurde.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies above the unsure band.</source>
   <translation>Die gemeinsame Wahrscheinlichkeit für leukämisch liegt über dem Unsicherheitsbereich.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies below the unsure band.</source>
   <translation>Die gemeinsame Wahrscheinlichkeit für leukämisch liegt unter dem Unsicherheitsbereich.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>The maps show where in the picture a model’s opinion comes from. They do not show what the cell is, and a convincing map does not make an opinion right.</source>
   <translation>Die Karten zeigen, woher im Bild die Meinung eines Modells kommt. Sie zeigen nicht, was die Zelle ist, und eine überzeugende Karte macht eine Meinung nicht richtig.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models agree.</source>
   <translation>Die Modelle stimmen überein.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cell.</source>
   <translation>Bei {n} Zelle neigen die Modelle zu verschiedenen Seiten.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cells.</source>
   <translation>Bei {n} Zellen neigen die Modelle zu verschiedenen Seiten.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models lean to different sides.</source>
   <translation>Die Modelle neigen zu verschiedenen Seiten.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The program does not guess: a person looks at the cell. The reason stands beside it.</source>
   <translation>Das Programm rät nicht: Ein Mensch sieht die Zelle an. Der Grund steht daneben.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The program judges single cells in the images of this case. It does not know the patient’s history, other findings, marrow, immunophenotype or genetics, and not what lies outside the images.</source>
   <translation>Das Programm beurteilt einzelne Zellen in den Bildern dieses Falls. Es kennt weder Vorgeschichte noch andere Befunde, Knochenmark, Immunphänotyp oder Genetik, und nicht, was außerhalb der Bilder liegt.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>The program said, and what counts now</source>
   <translation>Was das Programm sagte und was jetzt zählt</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>This SHA-256 is made of everything the report says of the case: images, cells, opinions, labels, signatures and amendments. The QR code on the first page holds it. If the case says otherwise today, its SHA-256 is another one.</source>
   <translation>Dieser SHA-256 ist aus allem gebildet, was der Bericht über den Fall sagt: Bilder, Zellen, Meinungen, Kennzeichnungen, Unterschriften und Nachträge. Der QR-Code auf der ersten Seite enthält ihn. Sagt der Fall heute etwas anderes, ist sein SHA-256 ein anderer.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>This version is no longer installed; its card is not at hand.</source>
   <translation>Diese Version ist nicht mehr installiert; ihr Steckbrief liegt nicht vor.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Thresholds</source>
   <translation>Schwellen</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope audit verify --printed {trail}</source>
   <translation>Zum Vergleich: leukoscope audit verify --printed {trail}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope export NUMBER --fingerprint</source>
   <translation>Zum Vergleich: leukoscope export NUMMER --fingerprint</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Too few white cells for a reliable differential; a new smear is recommended.</source>
   <translation>Zu wenige weiße Zellen für ein verlässliches Differenzialblutbild; ein neuer Ausstrich wird empfohlen.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Trained on {n} cells of {name}.</source>
   <translation>Trainiert mit {n} Zellen aus {name}.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Training</source>
   <translation>Training</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Unsure</source>
   <translation>Unsicher</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Unsure: {reasons}.</source>
   <translation>Unsicher: {reasons}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>What the program cannot know</source>
   <translation>Was das Programm nicht wissen kann</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>What this is and is not for</source>
   <translation>Wofür dies ist und wofür nicht</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>When</source>
   <translation>Wann</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>White balance</source>
   <translation>Weißabgleich</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>White blood cell report</source>
   <translation>Bericht über weiße Blutzellen</translation>
  </message>
  <message>
   <location filename="report_header.py" />
   <source>White blood cells judged by machine, to support the people who decide. Not a medical device.</source>
   <translation>Weiße Blutzellen, maschinell beurteilt, als Hilfe für die Menschen, die entscheiden. Kein Medizinprodukt.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Who</source>
   <translation>Wer</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Why cells are unsure</source>
   <translation>Warum Zellen unsicher sind</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Written {moment} by {software}.</source>
   <translation>Geschrieben {moment} von {software}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>artifact</source>
   <translation>Artefakt</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>basophil</source>
   <translation>basophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>blast</source>
   <translation>Blast</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>cell area</source>
   <translation>Zellfläche</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>chromatin texture</source>
   <translation>Chromatintextur</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>cut off by the edge: {n}</source>
   <translation>vom Rand abgeschnitten: {n}</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>decision support, not a medical device</source>
   <translation>Entscheidungshilfe, kein Medizinprodukt</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>diameter</source>
   <translation>Durchmesser</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>eosinophil</source>
   <translation>eosinophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>erythroblast</source>
   <translation>Erythroblast</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>erythroblasts: {n}</source>
   <translation>Erythroblasten: {n}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>falloff</source>
   <translation>Abfall zum Rand</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>female</source>
   <translation>weiblich</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>form factor</source>
   <translation>Formfaktor</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>four runs in a row are more than 1 standard deviation away, on the same side</source>
   <translation>vier Läufe nacheinander liegen mehr als 1 Standardabweichung entfernt, auf derselben Seite</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>good: {n}</source>
   <translation>gut: {n}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>healthy below {low}, leukemic above {high}, unsure between</source>
   <translation>gesund unter {low}, leukämisch über {high}, dazwischen unsicher</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image good.</source>
   <translation>Bild gut.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not good enough to be judged.</source>
   <translation>Bild nicht gut genug für ein Urteil.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not readable.</source>
   <translation>Bild nicht lesbar.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>image quality</source>
   <translation>Bildqualität</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image usable, with a warning.</source>
   <translation>Bild brauchbar, mit Warnung.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images good.</source>
   <translation>Bilder gut.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images in this case.</source>
   <translation>Bilder in diesem Fall.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not good enough to be judged.</source>
   <translation>Bilder nicht gut genug für ein Urteil.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not readable.</source>
   <translation>Bilder nicht lesbar.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images usable, with a warning.</source>
   <translation>Bilder brauchbar, mit Warnung.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>immature granulocyte</source>
   <translation>unreifer Granulozyt</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>in clusters: {n}</source>
   <translation>in Haufen: {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>inside unsure band</source>
   <translation>im Unsicherheitsbereich</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>leans {side}</source>
   <translation>eher {side}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>levels</source>
   <translation>Stufen</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>lobes</source>
   <translation>Lappen</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>lymphocyte</source>
   <translation>Lymphozyt</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>male</source>
   <translation>männlich</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>maximum</source>
   <translation>Höchstwert</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>models disagree</source>
   <translation>Modelle uneins</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>monocyte</source>
   <translation>Monozyt</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cell</source>
   <translation>n = {n} Zelle</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cells</source>
   <translation>n = {n} Zellen</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} on</source>
   <translation>benennt eine Zelle ab einer Wahrscheinlichkeit von {low}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} to {high} on, by its class</source>
   <translation>benennt eine Zelle ab einer Wahrscheinlichkeit von {low} bis {high}, je nach Klasse</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>neutrophil</source>
   <translation>neutrophiler Granulozyt</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>no white cell</source>
   <translation>keine weiße Blutzelle</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>no white cells: {n}</source>
   <translation>keine weißen Zellen: {n}</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not calibrated</source>
   <translation>nicht kalibriert</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not good enough</source>
   <translation>nicht ausreichend</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not good enough: {n}</source>
   <translation>nicht gut genug: {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>not named</source>
   <translation>nicht benannt</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not readable: {n}</source>
   <translation>nicht lesbar: {n}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>nucleus area</source>
   <translation>Kernfläche</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of 255</source>
   <translation>von 255</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of the pixels</source>
   <translation>der Bildpunkte</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>of two runs in a row one is more than 2 standard deviations above and one below</source>
   <translation>von zwei Läufen nacheinander liegt einer mehr als 2 Standardabweichungen darüber und einer darunter</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>of {n}</source>
   <translation>von {n}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>one run is more than 3 standard deviations from the mean</source>
   <translation>ein Lauf liegt mehr als 3 Standardabweichungen vom Mittel</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>other</source>
   <translation>divers</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>precursor</source>
   <translation>Vorläuferzelle</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary</source>
   <translation>vorläufig</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary: amended, not signed since</source>
   <translation>vorläufig: berichtigt, seither nicht unterschrieben</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>px per cell</source>
   <translation>px je Zelle</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>saturation</source>
   <translation>Sättigung</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>see below</source>
   <translation>siehe unten</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>sensitivity</source>
   <translation>Sensitivität</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>sex unknown</source>
   <translation>Geschlecht unbekannt</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>smudge cell</source>
   <translation>Kernschatten</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>specificity</source>
   <translation>Spezifität</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>ten runs in a row are on the same side of the mean</source>
   <translation>zehn Läufe nacheinander liegen auf derselben Seite des Mittels</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>this case</source>
   <translation>dieser Fall</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>two runs in a row are more than 2 standard deviations away, on the same side</source>
   <translation>zwei Läufe nacheinander liegen mehr als 2 Standardabweichungen entfernt, auf derselben Seite</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike any known cell</source>
   <translation>gleicht keiner bekannten Zelle</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike known mononuclear cells</source>
   <translation>gleicht keiner bekannten mononukleären Zelle</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>warning</source>
   <translation>Warnung</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>with a warning: {n}</source>
   <translation>mit Warnung: {n}</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>with: {advice}</source>
   <translation>mit: {advice}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, high</source>
   <translation>{figure}, hoch</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, low</source>
   <translation>{figure}, niedrig</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{images} and {cells}</source>
   <translation>{images} und {cells}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{low} to {high} %</source>
   <translation>{low} bis {high} %</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>{meaning} (earlier report)</source>
   <translation>{meaning} (früherer Bericht)</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>{missing} of {runs} runs are missing until there are limits.</source>
   <translation>{missing} von {runs} Läufen fehlen, bis es Grenzen gibt.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>{models}. Their thresholds and figures stand on the last pages.</source>
   <translation>{models}. Ihre Schwellen und Kennzahlen stehen auf den letzten Seiten.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name} remarks: “{text}”</source>
   <translation>{name} bemerkt: „{text}“</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>{name} signed an earlier report, {moment}.</source>
   <translation>{name} hat einen früheren Bericht unterschrieben, {moment}.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name}: {label}, {moment}; program: {said}.</source>
   <translation>{name}: {label}, {moment}; Programm: {said}.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{number}, not signed</source>
   <translation>{number}, nicht unterschrieben</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cell</source>
   <translation>{n} Zelle</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cells</source>
   <translation>{n} Zellen</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{n} deciding cells of {total}</source>
   <translation>{n} entscheidende Zellen von {total}</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{n} earlier ones are not listed.</source>
   <translation>{n} frühere sind nicht aufgeführt.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} image</source>
   <translation>{n} Bild</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} image not judged</source>
   <translation>{n} Bild nicht beurteilt</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} images</source>
   <translation>{n} Bilder</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} images not judged</source>
   <translation>{n} Bilder nicht beurteilt</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} more cells would make every percentage certain within 3 %.</source>
   <translation>Mit {n} Zellen mehr wäre jeder Prozentsatz auf 3 % genau.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} of {total} cells were counted, by a person’s label, else by the program’s; a person has labeled {labeled} of them.</source>
   <translation>{n} von {total} Zellen wurden gezählt, nach dem Urteil einer Person, sonst nach dem des Programms; {labeled} davon hat eine Person gekennzeichnet.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} year</source>
   <translation>{n} Jahr</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} years</source>
   <translation>{n} Jahre</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>{n} µm per pixel</source>
   <translation>{n} µm je Pixel</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{title}: weak evidence</source>
   <translation>{title}: schwacher Hinweis</translation>
  </message>
 </context>
 <context>
  <name>ReportPage</name>
  <message>
   <location filename="page.py" />
   <source>Choose one on the Worklist; its report stands here.</source>
   <translation>Wählen Sie einen in der Arbeitsliste; sein Bericht steht dann hier.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Export PDF…</source>
   <translation>PDF exportieren…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>In brackets: 95 % interval (Wilson).</source>
   <translation>In Klammern: 95-%-Intervall (Wilson).</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It appears here in a moment.</source>
   <translation>Er erscheint gleich hier.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the pages</source>
   <translation>Die Seiten werden gesetzt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the preview</source>
   <translation>Vorschau wird gesetzt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Making the message</source>
   <translation>Nachricht wird erstellt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>More ways out</source>
   <translation>Weitere Wege hinaus</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No case is open</source>
   <translation>Kein Fall ist geöffnet</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing to report yet</source>
   <translation>Noch nichts zu berichten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images; the report is made of what is found in them.</source>
   <translation>Öffnen Sie Bilder; der Bericht entsteht aus dem, was darin gefunden wird.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images…</source>
   <translation>Bilder öffnen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Preview</source>
   <translation>Vorschau</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Print…</source>
   <translation>Drucken…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Send to the hospital’s system</source>
   <translation>An das Kliniksystem senden</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Show the preview</source>
   <translation>Vorschau zeigen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The report is being laid out</source>
   <translation>Der Bericht wird gesetzt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>There is no preview</source>
   <translation>Es gibt keine Vorschau</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This case has {0} cells; a preview of them takes a moment.</source>
   <translation>Dieser Fall hat {0} Zellen; die Vorschau dauert einen Moment.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Try again</source>
   <translation>Erneut versuchen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the PDF</source>
   <translation>PDF wird geschrieben</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the file</source>
   <translation>Datei wird geschrieben</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>cell {0} of {1}</source>
   <translation>Zelle {0} von {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>no patient written yet</source>
   <translation>noch kein Patient eingetragen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} labeled by a person.</source>
   <translation>{0} vom Menschen gekennzeichnet.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} of the images could not be judged; the report says why.</source>
   <translation>{0} der Bilder konnten nicht beurteilt werden; der Bericht sagt, warum.</translation>
  </message>
 </context>
 <context>
  <name>ReportPanel</name>
  <message>
   <location filename="report_panel.py" />
   <source>All cells</source>
   <translation>Alle Zellen</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>As shipped</source>
   <translation>Wie ausgeliefert</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Conclusion</source>
   <translation>Beurteilung</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells</source>
   <translation>Entscheidende Zellen</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells are those named otherwise by a person, unsure and leukemic ones, 48 at most.</source>
   <translation>Entscheidend sind Zellen, die eine Person anders benannt hat, unsichere und leukämische, höchstens 48.</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Differential</source>
   <translation>Differenzialblutbild</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Down</source>
   <translation>Nach unten</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Drag a part to another place; a part without a tick is left out</source>
   <translation>Einen Teil an eine andere Stelle ziehen; was keinen Haken hat, entfällt</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Earlier cases of the patient</source>
   <translation>Frühere Fälle des Patienten</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Image quality</source>
   <translation>Bildqualität</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Keep phrases</source>
   <translation>Bausteine übernehmen</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Leukemic, healthy, unsure</source>
   <translation>Leukämisch, gesund, unsicher</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>None</source>
   <translation>Keine</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Offer again what the program comes with, in the language of reports</source>
   <translation>Wieder anbieten, was das Programm mitbringt, in der Sprache der Berichte</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Parts of the first page, in their order</source>
   <translation>Teile der ersten Seite, in ihrer Reihenfolge</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Phrases of the program</source>
   <translation>Bausteine des Programms</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Pictures and maps of cells</source>
   <translation>Bilder und Karten der Zellen</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Signatures</source>
   <translation>Unterschriften</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Standard phrases, one in each line</source>
   <translation>Textbausteine, einer in jeder Zeile</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Stands on every report</source>
   <translation>Steht auf jedem Bericht</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Up</source>
   <translation>Nach oben</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>What the program cannot know</source>
   <translation>Was das Programm nicht wissen kann</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>{0} (always)</source>
   <translation>{0} (immer)</translation>
  </message>
 </context>
 <context>
  <name>RereadController</name>
  <message>
   <location filename="rereads.py" />
   <source>All {0} cells are read.</source>
   <translation>Alle {0} Zellen sind gelesen.</translation>
  </message>
 </context>
 <context>
  <name>ReviewEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>Add the first images</source>
   <translation>Erste Bilder hinzufügen</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Drop image files or folders here, paste an image, or open them.</source>
   <translation>Legen Sie Bilddateien oder Ordner hier ab, fügen Sie ein Bild ein oder öffnen Sie sie.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case is open</source>
   <translation>Kein Fall ist geöffnet</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images to start a new case, or choose one on the Worklist. You can also drop images here.</source>
   <translation>Öffnen Sie Bilder, um einen neuen Fall zu beginnen, oder wählen Sie einen in der Arbeitsliste. Sie können Bilder auch hier ablegen.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images…</source>
   <translation>Bilder öffnen…</translation>
  </message>
 </context>
 <context>
  <name>RunBar</name>
  <message>
   <location filename="charts_view.py" />
   <source>Leave this run out</source>
   <translation>Diesen Lauf auslassen</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count</source>
   <translation>Warum der Lauf nicht zählt</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count: oil on the slide</source>
   <translation>Warum der Lauf nicht zählt: Öl auf dem Präparat</translation>
  </message>
 </context>
 <context>
  <name>SavingSheet</name>
  <message>
   <location filename="saving_sheet.py" />
   <source>1 change is being written.</source>
   <translation>1 Änderung wird geschrieben.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Close without saving</source>
   <translation>Ohne Speichern schließen</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Keep the window open</source>
   <translation>Fenster offen lassen</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Saving …</source>
   <translation>Wird gespeichert …</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>The window closes by itself as soon as this is done. Without saving, these changes are lost.</source>
   <translation>Das Fenster schließt sich von selbst, sobald das getan ist. Ohne Speichern gehen diese Änderungen verloren.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>{0} changes are being written.</source>
   <translation>{0} Änderungen werden geschrieben.</translation>
  </message>
 </context>
 <context>
  <name>ScaleForm</name>
  <message>
   <location filename="scale_form.py" />
   <source>100× oil</source>
   <translation>100× Öl</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Adapter</source>
   <translation>Adapter</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Also for the images of this case</source>
   <translation>Auch für die Bilder dieses Falls</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera adapter</source>
   <translation>Kameraadapter</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera pixel</source>
   <translation>Kamerapixel</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Check it: a red cell is then about {0} pixels wide.</source>
   <translation>Prüfen Sie: Eine rote Zelle ist dann etwa {0} Pixel breit.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Draw a line over the stage micrometer in the image; Shift keeps it straight.</source>
   <translation>Ziehen Sie im Bild eine Linie über das Objektmikrometer; Umschalt hält sie gerade.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Give the objective a name to keep this scale.</source>
   <translation>Geben Sie dem Objektiv einen Namen, um diesen Maßstab zu behalten.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>How the scale is found</source>
   <translation>Wie der Maßstab bestimmt wird</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Keep and use</source>
   <translation>Behalten und verwenden</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Length of the line in pixels</source>
   <translation>Länge der Linie in Pixeln</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Line</source>
   <translation>Linie</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name of the objective</source>
   <translation>Name des Objektivs</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective</source>
   <translation>Objektiv</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective and camera</source>
   <translation>Objektiv und Kamera</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Set the scale</source>
   <translation>Maßstab einstellen</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Side of a camera pixel</source>
   <translation>Seite eines Kamerapixels</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Stage micrometer</source>
   <translation>Objektmikrometer</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>What the line spans</source>
   <translation>Was die Linie umspannt</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>spans</source>
   <translation>umspannt</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>{0} µm/px</source>
   <translation>{0} µm/px</translation>
  </message>
 </context>
 <context>
  <name>ScanCard</name>
  <message>
   <location filename="scan_card.py" />
   <source>At {0} nothing was sharper than the rest.</source>
   <translation>Bei {0} war nichts schärfer als der Rest.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Begins around where the stage stands, and goes back there.</source>
   <translation>Beginnt rund um die Stelle, an der der Tisch steht, und kehrt dorthin zurück.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Close; a scan under way goes on</source>
   <translation>Schließen; ein laufender Scan geht weiter</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Fields</source>
   <translation>Felder</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Finding focus …</source>
   <translation>Schärfe wird gesucht …</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus at each nth field</source>
   <translation>Schärfe bei jedem n-ten Feld</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus range, each way</source>
   <translation>Schärfebereich je Richtung</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Order</source>
   <translation>Reihenfolge</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Overlap</source>
   <translation>Überlappung</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Row after row</source>
   <translation>Zeile für Zeile</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan</source>
   <translation>Scannen</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan fields</source>
   <translation>Felder scannen</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Spiral outwards</source>
   <translation>Spirale nach außen</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>never</source>
   <translation>nie</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} von {1} Feldern sind aufgenommen.</translation>
  </message>
 </context>
 <context>
  <name>ScanController</name>
  <message>
   <location filename="scanning.py" />
   <source>In the overview cells that two fields show can be counted once.</source>
   <translation>In der Übersicht können Zellen, die zwei Felder zeigen, nur einmal gezählt werden.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} von {1} Feldern sind aufgenommen.</translation>
  </message>
 </context>
 <context>
  <name>Sentences</name>
  <message>
   <location filename="store_lock.py" />
   <source>A backup is just being put back; wait until that is done, then try again.</source>
   <translation>Eine Sicherung wird gerade zurückgespielt; warten Sie, bis das getan ist, und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>A camera’s address begins with http://, https:// or rtsp://; correct it.</source>
   <translation>Die Adresse einer Kamera beginnt mit http://, https:// oder rtsp://; berichtigen Sie sie.</translation>
  </message>
  <message>
   <location filename="control_service.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Ein Kontrollpräparat wird schon vermessen; warten Sie, oder brechen Sie das zuerst ab.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>A field beside this one that is not judged yet counts this cell: fields of a slide overlap.</source>
   <translation>Ein Feld daneben, das noch nicht beurteilt ist, zählt diese Zelle: Felder eines Objektträgers überlappen sich.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A file cannot be set aside; check the disk and its permissions.</source>
   <translation>Eine Datei kann nicht beiseitegelegt werden; prüfen Sie Datenträger und Rechte.</translation>
  </message>
  <message>
   <location filename="lines.py" />
   <source>A line to another system is in the clear, as an earlier version left it; encrypt it or confirm it on the Settings page.</source>
   <translation>Eine Leitung zu einem anderen System ist im Klartext, wie von einer früheren Version übernommen; verschlüsseln oder bestätigen Sie sie auf der Seite Einstellungen.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named attention shows where a transformer looked, whatever it concluded.</source>
   <translation>Eine Karte namens Aufmerksamkeit zeigt, wohin ein Transformer geschaut hat, gleich was er daraus schloss.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named occlusion shows by how much the log-odds fall when a place of the cell is covered.</source>
   <translation>Eine Karte namens Verdeckung zeigt, um wie viel die logarithmierte Chance fällt, wenn eine Stelle der Zelle verdeckt wird.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A message about the erased case cannot be removed; close what has it open.</source>
   <translation>Eine Nachricht über den gelöschten Fall kann nicht entfernt werden; schließen Sie, was sie offen hält.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>A message that is no order was left out: {0}.</source>
   <translation>Eine Nachricht, die kein Auftrag ist, wurde ausgelassen: {0}.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>A model cannot be fed so, see {0}: {1}.</source>
   <translation>So kann ein Modell nicht gespeist werden, siehe {0}: {1}.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>A model cannot be prepared on this computer. Untick it on the Models page, and send the fault report of the Help menu to your support.</source>
   <translation>Ein Modell kann auf diesem Rechner nicht vorbereitet werden. Nehmen Sie auf der Seite Modelle das Häkchen weg und senden Sie den Fehlerbericht aus dem Hilfemenü an Ihren Support.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>A model gave no number for what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Ein Modell gab für das, was bei {0} liegt (Pixel von links, von oben), keine Zahl; sehen Sie dort selbst nach.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>A model named “{0}” was installed meanwhile; put the backup back once more.</source>
   <translation>Ein Modell namens „{0}“ wurde inzwischen installiert; die Sicherung noch einmal zurückspielen.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>A model that names cells has no maps of the kind “{0}”; correct the manifest.</source>
   <translation>Ein Modell, das Zellen benennt, hat keine Karten der Art „{0}“; berichtigen Sie das Manifest.</translation>
  </message>
  <message>
   <location filename="views.py" />
   <source>A model wants to see what lies around the cell, which is not at hand; open the image again.</source>
   <translation>Ein Modell will sehen, was um die Zelle liegt, und das ist nicht zur Hand; öffnen Sie das Bild noch einmal.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A newer message about this case took its place.</source>
   <translation>Eine neuere Nachricht zu diesem Fall ist an ihre Stelle getreten.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>A password needs at least {0} characters; take a short sentence.</source>
   <translation>Ein Passwort braucht mindestens {0} Zeichen; am besten einen kurzen Satz.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person gave the case another priority than the list has; it was kept.</source>
   <translation>Jemand hat dem Fall eine andere Priorität gegeben als die Liste; sie wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another date of birth on the case than the list has; it was kept.</source>
   <translation>Eine Person hat ein anderes Geburtsdatum in den Fall geschrieben, als die Liste hat; es blieb.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another name of the patient on the case than the list has; it was kept.</source>
   <translation>Jemand hat einen anderen Namen des Patienten auf den Fall geschrieben als die Liste; er wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another operator on the case than the list has; it was kept.</source>
   <translation>Jemand hat eine andere Bedienperson auf den Fall geschrieben als die Liste; sie wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another patient number on the case than the list has; it was kept.</source>
   <translation>Jemand hat eine andere Patientennummer auf den Fall geschrieben als die Liste; sie wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another sex of the patient on the case than the list has; it was kept.</source>
   <translation>Eine Person hat ein anderes Geschlecht in den Fall geschrieben, als die Liste hat; es blieb.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another specimen on the case than the list has; it was kept.</source>
   <translation>Jemand hat ein anderes Material auf den Fall geschrieben als die Liste; es wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another stain on the case than the list has; it was kept.</source>
   <translation>Jemand hat eine andere Färbung auf den Fall geschrieben als die Liste; sie wurde behalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote other notes on the case than the list has; they were kept.</source>
   <translation>Jemand hat andere Bemerkungen auf den Fall geschrieben als die Liste; sie wurden behalten.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>A picture is written as PNG or TIFF; give the file such an ending.</source>
   <translation>Ein Bild wird als PNG oder TIFF geschrieben; der Datei diese Endung geben.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>A pixel of {0} µm cannot be right for a microscope; check the length and the units.</source>
   <translation>Ein Pixel von {0} µm kann bei einem Mikroskop nicht stimmen; Länge und Einheiten prüfen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>A quote is opened and not closed in this line.</source>
   <translation>In dieser Zeile wird ein Anführungszeichen geöffnet und nicht geschlossen.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>A re-read has 1 to {0} cells.</source>
   <translation>Ein Nachlesen hat 1 bis {0} Zellen.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>A recording is written as AVI or MP4; give the file such an ending.</source>
   <translation>Eine Aufzeichnung wird als AVI oder MP4 geschrieben; der Datei diese Endung geben.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is damaged in the case database; restore a backup or add the image again.</source>
   <translation>Ein gespeichertes Bild ist in der Falldatenbank beschädigt; eine Sicherung zurückspielen oder das Bild erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is damaged on the disk; restore a backup or add the image again.</source>
   <translation>Ein gespeichertes Bild ist auf dem Datenträger beschädigt; eine Sicherung zurückspielen oder das Bild erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is missing from the case database; restore a backup or add the image again.</source>
   <translation>Ein gespeichertes Bild fehlt in der Falldatenbank; eine Sicherung zurückspielen oder das Bild erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is missing from the data folder; restore a backup or add the image again.</source>
   <translation>Ein gespeichertes Bild fehlt im Datenordner; eine Sicherung zurückspielen oder das Bild erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>A scan has 1 to {0} fields that overlap by 0 to 90 %, and a focus that goes up to 1000 µm.</source>
   <translation>Ein Scan hat 1 bis {0} Felder, die sich um 0 bis 90 % überlappen, und einen Fokus, der bis 1000 µm geht.</translation>
  </message>
  <message>
   <location filename="scan_plan.py" />
   <source>A scan needs the extra “micro-manager”, which is not installed here; ask whoever set this computer up.</source>
   <translation>Ein Scan braucht das Extra „micro-manager“, das hier nicht installiert ist; fragen Sie, wer diesen Computer eingerichtet hat.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>A site profile in the store is damaged; restore a backup.</source>
   <translation>Ein Laborprofil im Speicher ist beschädigt; spielen Sie eine Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot amend a signed case; ask a reviewer to sign in.</source>
   <translation>Eine MTL kann keinen unterschriebenen Fall berichtigen; ein Prüfer muss sich anmelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export labeled cells; ask a reviewer to sign in.</source>
   <translation>Eine technische Kraft kann keine benannten Zellen exportieren; bitten Sie eine prüfende Person, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export the audit trail; ask a reviewer to sign in.</source>
   <translation>Eine MTL kann das Prüfprotokoll nicht exportieren; ein Prüfer muss sich anmelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot leave a control run out; ask a reviewer to sign in.</source>
   <translation>Technische Kräfte können keinen Kontrolllauf auslassen; bitten Sie eine befundende Person, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot sign; ask a reviewer to sign in.</source>
   <translation>Eine MTL kann nicht unterschreiben; ein Prüfer muss sich anmelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician sees their own re-reads only; ask a reviewer to sign in.</source>
   <translation>Eine MTL sieht nur das eigene Nachlesen; ein Prüfer muss sich anmelden.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>A timestamp is held against its authority’s certificate; choose the PEM file of it.</source>
   <translation>Ein Zeitstempel wird am Zertifikat seiner Stelle geprüft; wählen Sie dessen PEM-Datei.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A token does not open this; sign in with --as NAME and the password.</source>
   <translation>Ein Zugangsschlüssel öffnet dies nicht; melden Sie sich mit --as NAME und dem Passwort an.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>A token holds for 1 to {0} days; choose another number.</source>
   <translation>Ein Zugangsschlüssel gilt 1 bis {0} Tage; wählen Sie eine andere Zahl.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>A token of somebody of the hospital’s directory needs a search account, by which they are looked up; an administrator sets it.</source>
   <translation>Das Token einer Person aus dem Verzeichnis des Krankenhauses braucht ein Suchkonto, mit dem sie nachgeschlagen wird; ein Administrator stellt es ein.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>A worklist of another computer is asked over an encrypted line: write tls:// before its address, or plain:// to ask in the clear.</source>
   <translation>Eine Arbeitsliste auf einem anderen Computer wird über eine verschlüsselte Leitung gefragt: Schreiben Sie tls:// vor ihre Adresse, oder plain://, um unverschlüsselt zu fragen.</translation>
  </message>
  <message>
   <location filename="acceptance.py" />
   <source>Accepting needs a reason; write what was found out about it.</source>
   <translation>Das Annehmen braucht einen Grund; schreiben Sie, was darüber herausgefunden wurde.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Add an administrator first; else nobody could turn accounts off again.</source>
   <translation>Zuerst einen Verwalter anlegen; sonst könnte niemand die Konten wieder abschalten.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>All cells of this re-read are answered.</source>
   <translation>Alle Zellen dieses Nachlesens sind beantwortet.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Alle Bilder dieses Falls hat LeukoScope selbst gezeichnet: ein Feld mit gewöhnlichem Blut, ein Feld mit Blasten und einzelne Zellen. Probieren Sie die Tasten aus; nichts kann kaputtgehen.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one class; needed are {0}.</source>
   <translation>Alle diese Zellen gehören zu einer Klasse; benötigt werden {0}.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one patient; label cells of at least two patients of each class, so that what was learned can be tried on another one.</source>
   <translation>Alle diese Zellen stammen von einem Patienten; kennzeichnen Sie Zellen von mindestens zwei Patienten jeder Klasse, damit sich das Gelernte an einem anderen erproben lässt.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Amended by {0}, {1}: {2}.</source>
   <translation>Berichtigt von {0}, {1}: {2}.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>An account needs a name.</source>
   <translation>Ein Konto braucht einen Namen.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>An account of the laboratory is called “{0}” already; where it is yours, an administrator gives it to the directory (leukoscope people to-directory).</source>
   <translation>Ein Konto des Labors heißt bereits „{0}“; ist es Ihres, übergibt es ein Administrator dem Verzeichnis (leukoscope people to-directory).</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>An amendment needs a reason; write why the case is changed.</source>
   <translation>Eine Berichtigung braucht einen Grund; schreiben, warum der Fall geändert wird.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>An encrypted file is damaged; restore a backup.</source>
   <translation>Eine verschlüsselte Datei ist beschädigt; spielen Sie eine Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>Another message has come with this control number (MSH-10) within a day; give each message a number of its own.</source>
   <translation>Innerhalb eines Tages kam eine andere Nachricht mit dieser Kontrollnummer (MSH-10); geben Sie jeder Nachricht eine eigene.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Another person has signed in meanwhile; do it again.</source>
   <translation>Inzwischen hat sich jemand anderes angemeldet; tun Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Another program has the case database open; close it, then try again.</source>
   <translation>Ein anderes Programm hat die Falldatenbank offen; schließen Sie es und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Another program of this user takes the orders in; close it, or leave it to that one.</source>
   <translation>Ein anderes Programm dieses Benutzers nimmt die Aufträge an; schließen Sie es, oder überlassen Sie es ihm.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>Another workstation has just changed the site profiles; nothing was changed here. Look, then try again.</source>
   <translation>Ein anderer Arbeitsplatz hat gerade die Profile geändert; hier wurde nichts geändert. Ansehen, dann noch einmal versuchen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation has just taken this case number; look at the list of cases.</source>
   <translation>Ein anderer Arbeitsplatz hat diese Fallnummer gerade vergeben; sehen Sie in der Liste der Fälle nach.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>Another workstation has taught at the same time, with other patients locked away; nothing was kept here. Teach again.</source>
   <translation>Ein anderer Arbeitsplatz hat zur selben Zeit gelehrt und andere Patienten weggeschlossen; hier wurde nichts behalten. Noch einmal lehren.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation is writing for long; wait a moment, then try again.</source>
   <translation>Ein anderer Arbeitsplatz schreibt seit Längerem; einen Moment warten, dann erneut versuchen.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Case {0}: {1} does not say what its rows do; leukoscope check --repair makes it right.</source>
   <translation>Fall {0}: {1} sagt nicht dasselbe wie die zugehörigen Zeilen; leukoscope check --repair bringt es in Ordnung.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>Case {0}: {1} says again what its rows say.</source>
   <translation>Fall {0}: {1} sagt wieder dasselbe wie die zugehörigen Zeilen.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>Case “{0}” has this number already; open it, or choose another number.</source>
   <translation>Fall „{0}“ hat diese Nummer schon; öffnen Sie ihn oder wählen Sie eine andere Nummer.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>Case “{0}” was taken off the list; bring it back, or give its number to a new case.</source>
   <translation>Fall „{0}“ wurde von der Liste genommen; holen Sie ihn zurück oder geben Sie seine Nummer einem neuen Fall.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Es werden schon Zellen gelesen oder gelehrt; warten oder das erst anhalten.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Cells {0}: {1} ({2}).</source>
   <translation>Zellen {0}: {1} ({2}).</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose at least two cells of one image to merge them.</source>
   <translation>Mindestens zwei Zellen eines Bildes wählen, um sie zu vereinen.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose cells of one image that count; others cannot be changed together.</source>
   <translation>Zellen eines Bildes wählen, die zählen; andere können nicht zusammen geändert werden.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Choose the PEM file with this computer’s certificate and key, or listen in the clear.</source>
   <translation>Wählen Sie die PEM-Datei mit Zertifikat und Schlüssel dieses Computers, oder lauschen Sie unverschlüsselt.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>Choose two models: one cannot be compared with itself.</source>
   <translation>Zwei Modelle wählen: eines kann nicht mit sich selbst verglichen werden.</translation>
  </message>
  <message>
   <location filename="commitment_answers.py" />
   <source>Choose “Our certificate and key” first, or listen for the archive’s answers in the clear (plain://).</source>
   <translation>Wählen Sie zuerst „Unser Zertifikat mit Schlüssel“, oder hören Sie die Antworten des Archivs unverschlüsselt (plain://).</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum, or as near as the original's own answer where rounding moves it, and its own maps where its gradient jumps.</source>
   <translation>Kompiliertes Modell und Original stimmen auf den Probebildern überein: die Wahrscheinlichkeit auf 1e-4, die Karten auf 1e-3 ihres Maximums, oder so gut wie die eigene Antwort des Originals, wo Rundung sie bewegt, und seine eigenen Karten, wo sein Gradient springt.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Draw a longer line over the stage micrometer; the longer it is, the better the scale.</source>
   <translation>Eine längere Linie über das Objektmikrometer ziehen; je länger, desto besser der Maßstab.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>Earlier results in “{0}” cannot be replaced; close them in other programs.</source>
   <translation>Frühere Ergebnisse in „{0}“ können nicht ersetzt werden; sie in anderen Programmen schließen.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries 1 to {0} are older than the signatures of the trail and are not signed.</source>
   <translation>Die Einträge 1 bis {0} sind älter als die Signaturen des Protokolls und nicht signiert.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries {0} to {1} are missing.</source>
   <translation>Die Einträge {0} bis {1} fehlen.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} does not follow the one before it.</source>
   <translation>Eintrag {0} folgt nicht auf den davor.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not signed.</source>
   <translation>Eintrag {0} ist nicht signiert.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Entry {0} is not the one of which {1} tells.</source>
   <translation>Eintrag {0} ist nicht der, der hier genannt ist: {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not the one this workstation remembers.</source>
   <translation>Eintrag {0} ist nicht der, den dieser Arbeitsplatz kennt.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is signed by another key than that of this installation.</source>
   <translation>Eintrag {0} ist mit einem anderen Schlüssel als dem dieser Installation signiert.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} takes waiting images as they were found, though the trail knew of them before.</source>
   <translation>Eintrag {0} übernimmt wartende Bilder, wie sie vorgefunden wurden, obwohl das Protokoll schon vorher von ihnen wusste.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was blanked, and no erasure of its case tells why.</source>
   <translation>Eintrag {0} wurde geleert, und keine Löschung seines Falls sagt, warum.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was changed.</source>
   <translation>Eintrag {0} wurde geändert.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Erasing needs a reason; write why the case is erased.</source>
   <translation>Das Löschen braucht einen Grund; schreiben Sie, warum der Fall gelöscht wird.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Fewer cells than usual are unsure: check which models and which site profile judge.</source>
   <translation>Weniger Zellen als üblich sind unsicher: prüfen, welche Modelle und welches Laborprofil beurteilen.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Figures of the proof by name, as text or numbers.</source>
   <translation>Kennzahlen des Nachweises nach Namen, als Text oder Zahlen.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of another installation.</source>
   <translation>Ab Eintrag {0} ist es mit dem Schlüssel {1} einer anderen Installation signiert.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of this installation.</source>
   <translation>Ab Eintrag {0} ist es mit dem Schlüssel {1} dieser Installation signiert.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Given back in the order of “{0}”, pixels restore the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>In der Reihenfolge von „{0}“ zurückgegeben, stellen Pixel die Antwort auf {1} von {2} Zellen früher wieder her als in zufälliger Reihenfolge, auf {3} früher als von der Mitte nach außen.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>Image {0} counts this cell already, because fields of a slide overlap; judge it there.</source>
   <translation>Bild {0} zählt diese Zelle schon, weil sich Felder eines Objektträgers überlappen; beurteilen Sie sie dort.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Images of this case are being judged; wait or stop that, then erase it.</source>
   <translation>Bilder dieses Falls werden gerade beurteilt; warten Sie oder halten Sie es an, dann löschen Sie ihn.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>In Ordnung; Grenzen {low} bis {high}.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It came as no Keras file, and nothing else here computes it: compiled with and without its map it says the same of the probe pictures, to 1e-4. Its inside is not known, so it has a map by occlusion alone: places are covered one after the other.</source>
   <translation>Es kam nicht als Keras-Datei, und nichts anderes hier berechnet es: Mit und ohne seine Karte übersetzt sagt es von den Probebildern dasselbe, auf 1e-4. Sein Inneres ist nicht bekannt, daher hat es nur eine Karte durch Verdeckung: Stellen werden eine nach der anderen verdeckt.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has no case number.</source>
   <translation>Sie hat keine Fallnummer.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has {0} cells, the titles have {1}: put texts that hold the separator in quotes.</source>
   <translation>Sie hat {0} Felder, die Titelzeile {1}: setzen Sie Texte mit Trennzeichen in Anführungszeichen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It holds characters that cannot be read; save the list again.</source>
   <translation>Sie enthält Zeichen, die nicht zu lesen sind; speichern Sie die Liste noch einmal.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is not signed.</source>
   <translation>Es ist nicht signiert.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by the key {0}.</source>
   <translation>Es ist mit dem Schlüssel {0} signiert.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by this installation.</source>
   <translation>Es ist von dieser Installation signiert.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>It looks a little smeared in one direction: let the stage come to rest.</source>
   <translation>Das Bild wirkt in einer Richtung etwas verwischt: lassen Sie den Tisch zur Ruhe kommen.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It names a cell from probability {0} on, and judges no cell for leukemia.</source>
   <translation>Es benennt eine Zelle ab der Wahrscheinlichkeit {0} und beurteilt keine Zelle auf Leukämie.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>It was interrupted; leukoscope encryption {0} goes on.</source>
   <translation>Es wurde unterbrochen; leukoscope encryption {0} setzt es fort.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>Its letters can be read in more than one way; save the list as “CSV UTF-8” and take it again.</source>
   <translation>Ihre Buchstaben lassen sich verschieden lesen; speichern Sie die Liste als „CSV UTF-8“ und übernehmen Sie sie noch einmal.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but somebody has worked on the case: it stays. Put it away yourself.</source>
   <translation>Sein Auftrag ist storniert, aber am Fall wurde gearbeitet: er bleibt. Legen Sie ihn selbst weg.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but the case is signed and stays as it is. Tell whoever signed it.</source>
   <translation>Sein Auftrag ist storniert, aber der Fall ist unterschrieben und bleibt, wie er ist. Sagen Sie es dem, der unterschrieben hat.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less like known cells than before: check stain, scale and white balance, or teach a site profile.</source>
   <translation>Den bekannten Zellen weniger ähnlich als zuvor: Färbung, Maßstab und Weißabgleich prüfen, oder ein Laborprofil anlernen.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less sharp: focus again, and clean objective, slide and camera window.</source>
   <translation>Weniger scharf: neu scharfstellen, und Objektiv, Objektträger und Kamerafenster reinigen.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Limit of the distance.</source>
   <translation>Grenze des Abstands.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>Line {0} is no HL7 segment: a line break stands inside {1}.</source>
   <translation>Zeile {0} ist kein HL7-Segment: in {1} steht ein Zeilenumbruch.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Loading the model “{0}”.</source>
   <translation>Das Modell „{0}“ wird geladen.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>MSH-18 names no character set and the letters are no UTF-8; ask for UNICODE UTF-8 in MSH-18.</source>
   <translation>MSH-18 nennt keinen Zeichensatz, und die Buchstaben sind kein UTF-8; bitten Sie um UNICODE UTF-8 in MSH-18.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified less: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Schwächer vergrößert: Objektiv, Adapter und Kameraauflösung prüfen, und den eingestellten Maßstab.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified more: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Stärker vergrößert: Objektiv, Adapter und Kameraauflösung prüfen, und den eingestellten Maßstab.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Many workers need the package distributed; install the extra “scale”, or judge without them.</source>
   <translation>Mehrere Worker brauchen das Paket distributed; installieren Sie das Extra „scale“, oder werten Sie ohne sie aus.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Messages {0} are not taken here; these are: {1}.</source>
   <translation>Nachrichten {0} werden hier nicht angenommen; angenommen werden: {1}.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>Micro-Manager failed; close it elsewhere, and switch the microscope off and on.</source>
   <translation>Micro-Manager ist ausgefallen; schließen Sie es anderswo und schalten Sie das Mikroskop aus und wieder ein.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>Micro-Manager is not installed here; ask whoever set this computer up for the extra “micro-manager”.</source>
   <translation>Micro-Manager ist hier nicht installiert; wer den Rechner eingerichtet hat, kann das Extra „micro-manager“ ergänzen.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More cells than usual are unsure: look at focus, stain and scale of the day's images.</source>
   <translation>Mehr Zellen als üblich sind unsicher: Schärfe, Färbung und Maßstab der Bilder des Tages ansehen.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More like known cells than before: check which models and which site profile judge.</source>
   <translation>Den bekannten Zellen ähnlicher als zuvor: prüfen, welche Modelle und welches Laborprofil beurteilen.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name at least one group whose members may work with the program.</source>
   <translation>Nennen Sie mindestens eine Gruppe, deren Mitglieder mit dem Programm arbeiten dürfen.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name at least two kinds of cells that the model tells apart.</source>
   <translation>Nennen Sie mindestens zwei Arten von Zellen, die das Modell unterscheidet.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Name camera and objective in 1 to {0} letters: Basler 100x.</source>
   <translation>Benennen Sie Kamera und Objektiv mit 1 bis {0} Zeichen: Basler 100x.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name each of the model's classes in the order of its outputs, one of them healthy and one leukemic at least, or all of them kinds of cells.</source>
   <translation>Nennen Sie jede Klasse des Modells in der Reihenfolge seiner Ausgaben, mindestens eine davon healthy und eine leukemic, oder alle als Arten von Zellen.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name or password is wrong; try again.</source>
   <translation>Name oder Passwort ist falsch; erneut versuchen.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name the file of a search account, or write how a name becomes the directory’s own.</source>
   <translation>Nennen Sie die Datei eines Suchkontos, oder schreiben Sie, wie aus einem Namen der des Verzeichnisses wird.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Name the profile in small letters, digits and hyphens, at most 28: our-lab.</source>
   <translation>Benennen Sie das Profil mit Kleinbuchstaben, Ziffern und Bindestrichen, höchstens 28 Zeichen: our-lab.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>No cell was decided in a reviewed case yet; name some and review the case.</source>
   <translation>Noch wurde keine Zelle in einem geprüften Fall entschieden; benennen Sie einige und prüfen Sie den Fall.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>No cell was found in this image; check that it shows one stained white cell.</source>
   <translation>In diesem Bild wurde keine Zelle gefunden; prüfen, ob es eine gefärbte weiße Blutzelle zeigt.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>No control run of {0} was measured in {1}.</source>
   <translation>Von {0} wurde im {1} kein Kontrolllauf gemessen.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>No control slide was measured today; measure it on the page Quality, Daily control.</source>
   <translation>Heute wurde kein Kontrollpräparat vermessen; vermessen Sie es auf der Seite Qualität, Tägliche Kontrolle.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>No encrypted line comes about; check the port, and whether the other system wants a certificate from us.</source>
   <translation>Es kommt keine verschlüsselte Leitung zustande; den Port prüfen und ob das andere System ein Zertifikat von uns will.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>No encrypted line to the case database; ask its administrator.</source>
   <translation>Keine verschlüsselte Verbindung zur Falldatenbank; fragen Sie ihren Administrator.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>No folder in “{0}” has the name of a class of cells; {1}.</source>
   <translation>Kein Ordner in „{0}“ heißt wie eine Zellklasse; {1}.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>No labeled cell could be judged; check that the pictures show stained white cells.</source>
   <translation>Keine gekennzeichnete Zelle konnte beurteilt werden; prüfen Sie, ob die Bilder gefärbte weiße Blutzellen zeigen.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: nothing in this model keeps places apart before its head, or no map of it can be computed here. It judges without showing why.</source>
   <translation>Keine Karte gefunden: Nichts in diesem Modell hält vor seinem Kopf die Orte auseinander, oder keine Karte davon lässt sich hier berechnen. Es urteilt, ohne zu zeigen, warum.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: this model takes one image at a time, so parts of a cell cannot be covered to try it.</source>
   <translation>Keine Karte gefunden: Dieses Modell nimmt ein Bild nach dem anderen, darum lassen sich Teile einer Zelle nicht zur Probe abdecken.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>No model is chosen; choose one on the Models page.</source>
   <translation>Kein Modell ist gewählt; wählen Sie eines auf der Seite Modelle.</translation>
  </message>
  <message>
   <location filename="selftest.py" />
   <source>No model is installed.</source>
   <translation>Es ist kein Modell installiert.</translation>
  </message>
  <message>
   <location filename="model_runtime.py" />
   <source>No model is installed; import one on the Models page.</source>
   <translation>Es ist kein Modell installiert; auf der Seite Modelle eines importieren.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No order can be read from this message; begin the case by hand, then dismiss the message.</source>
   <translation>Aus dieser Nachricht lässt sich kein Auftrag lesen; beginnen Sie den Fall von Hand, und verwerfen Sie dann die Nachricht.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>No other site profile is in force; look at the locked patients beside shipped models.</source>
   <translation>Kein anderes Laborprofil ist in Kraft; sehen Sie die verschlossenen Patienten neben den mitgelieferten Modellen an.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>No pictures come in at this address; check that the camera sends to this computer, and that no firewall stops it.</source>
   <translation>An dieser Adresse kommen keine Bilder an; prüfen Sie, ob die Kamera an diesen Rechner sendet und keine Firewall sie aufhält.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>No place was found on “{0}” where cells lie apart: it may be too thick or too thin everywhere, or no smear of blood. Draw a region by hand.</source>
   <translation>Auf „{0}“ wurde keine Stelle gefunden, an der die Zellen einzeln liegen: er ist vielleicht überall zu dick oder zu dünn, oder kein Blutausstrich. Zeichnen Sie einen Bereich von Hand.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No scheduler answers at {0}; check its address, and the certificates where it has some.</source>
   <translation>Unter {0} antwortet kein Scheduler; prüfen Sie seine Adresse und, wo es welche gibt, die Zertifikate.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No site profile is in force.</source>
   <translation>Kein Laborprofil ist in Kraft.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and hardly any empty glass: it may be zoomed in, vignetted, or no field of a smear; take the whole field again.</source>
   <translation>Keine weißen Blutzellen gefunden, und kaum leeres Glas: Das Bild ist vielleicht gezoomt, abgeschattet oder kein Feld eines Ausstrichs; nehmen Sie das ganze Feld neu auf.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the image is not good enough to find any: see what is named with it.</source>
   <translation>Keine weißen Blutzellen gefunden, und das Bild ist nicht gut genug dafür: Sehen Sie, was dazu genannt ist.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the scale of this image is not known: set it, then judge the image again.</source>
   <translation>Keine weißen Blutzellen gefunden, und der Maßstab dieses Bildes ist nicht bekannt: Setzen Sie ihn, dann beurteilen Sie das Bild erneut.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: at the scale of this image they are too small. Use a stronger objective.</source>
   <translation>Keine weißen Blutzellen gefunden: Im Maßstab dieses Bildes sind sie zu klein. Nehmen Sie ein stärkeres Objektiv.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: move to a place with cells, or draw them by hand.</source>
   <translation>Keine weißen Blutzellen gefunden: Gehen Sie an eine Stelle mit Zellen, oder zeichnen Sie sie von Hand ein.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: nothing in this image has the color of a stained nucleus. Move to another place, or check stain and white balance.</source>
   <translation>Keine weißen Blutzellen gefunden: Nichts in diesem Bild hat die Farbe eines gefärbten Kerns. Gehen Sie an eine andere Stelle, oder prüfen Sie Färbung und Weißabgleich.</translation>
  </message>
  <message>
   <location filename="judged_image.py" />
   <source>No white cells found; move to a place with cells, or draw them by hand in the window.</source>
   <translation>Keine weißen Blutzellen gefunden; gehen Sie an eine Stelle mit Zellen, oder zeichnen Sie sie im Fenster von Hand ein.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found; see what is named with the image, and take it again.</source>
   <translation>Keine weißen Blutzellen gefunden; sehen Sie, was zum Bild genannt ist, und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>No whole white cell was found in this picture.</source>
   <translation>In diesem Bild wurde keine vollständige weiße Blutzelle gefunden.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No worker answers; start some with “leukoscope worker”, then give the same command again: it goes on.</source>
   <translation>Kein Worker antwortet; starten Sie welche mit „leukoscope worker“ und geben Sie dann denselben Befehl noch einmal: Er macht weiter.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Nobody can be looked up without a search account; name its file.</source>
   <translation>Ohne Suchkonto kann niemand nachgeschlagen werden; nennen Sie seine Datei.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>Nobody waits any longer for the archive to say that it keeps this.</source>
   <translation>Niemand wartet mehr darauf, dass das Archiv die Aufbewahrung zusagt.</translation>
  </message>
  <message>
   <location filename="cell_features.py" />
   <source>None of the chosen models can compare cells; choose the differential on the Models page.</source>
   <translation>Keines der gewählten Modelle kann Zellen vergleichen; wählen Sie das Differentialmodell auf der Seite Modelle.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; nobody knows who is meant.</source>
   <translation>Keine der Kennungen des Patienten (PID-3) ist die der Klinik; niemand weiß, wer gemeint ist.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; the patient number stays empty.</source>
   <translation>Keine Kennung des Patienten (PID-3) ist die des Krankenhauses; die Patientennummer bleibt leer.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>None of these patients is locked away; there is nothing to compare the two with.</source>
   <translation>Keiner dieser Patienten ist verschlossen; es gibt nichts, womit die beiden verglichen werden können.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>None of these patients is locked away; there is nothing to look at.</source>
   <translation>Keiner dieser Patienten gehört zum gesperrten Teil; es gibt nichts anzusehen.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>Not every cell could be judged twice; try again.</source>
   <translation>Nicht jede Zelle konnte zweimal beurteilt werden; versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Not quite in focus: turn the fine focus.</source>
   <translation>Nicht ganz scharf: Drehen Sie am Feintrieb.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Not tried on cells of both sides.</source>
   <translation>Nicht an Zellen beider Seiten erprobt.</translation>
  </message>
  <message>
   <location filename="mllp_server.py" />
   <source>Nothing can listen on port {0} of {1}: another program does, or it is not an address of this computer; choose another in the settings.</source>
   <translation>Auf Port {0} von {1} kann nichts lauschen: Ein anderes Programm tut es, oder es ist keine Adresse dieses Computers; wählen Sie in den Einstellungen eine andere.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>Nothing can listen there for the archive’s answers; check address and port in the settings.</source>
   <translation>Dort können die Antworten des Archivs nicht gehört werden; prüfen Sie Adresse und Port in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Nothing could be measured; take at least three fields of a stained control slide.</source>
   <translation>Es ließ sich nichts messen; nehmen Sie mindestens drei Felder eines gefärbten Kontrollobjektträgers auf.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is empty: it says neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 ist leer: Es nennt weder einen neuen Auftrag noch eine Änderung noch ein Storno.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is “{0}”: neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 ist „{0}“: weder ein neuer Auftrag noch eine Änderung noch ein Storno.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-{0} and OBR-{1} name different orders as {2}; ask who made the file.</source>
   <translation>ORC-{0} und OBR-{1} nennen verschiedene Aufträge ({2}); fragen Sie, wer die Datei gemacht hat.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel, in the range of scaling; taken away.</source>
   <translation>Für jeden Kanal, im Bereich der Skalierung; wird abgezogen.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel; what is left is divided by it.</source>
   <translation>Für jeden Kanal; was bleibt, wird dadurch geteilt.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>One administrator must stay; make somebody else administrator first.</source>
   <translation>Ein Verwalter muss bleiben; zuerst jemand anderen dazu machen.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>One of these models names cells and the other judges them; there is nothing to compare.</source>
   <translation>Eines dieser Modelle benennt Zellen und das andere beurteilt sie; es gibt nichts zu vergleichen.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Only HL7 version 2 is taken (MSH-12).</source>
   <translation>Nur HL7 Version 2 wird angenommen (MSH-12).</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change accounts and rules; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann Konten und Regeln ändern; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change settings of the laboratory; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann Einstellungen des Labors ändern; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can choose, import and remove models; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann Modelle wählen, importieren und entfernen; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can erase a case; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann einen Fall löschen; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a backup back; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann eine Sicherung zurückspielen; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a site profile in force; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann ein Laborprofil in Kraft setzen; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can repair what is kept; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann reparieren, was gespeichert ist; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Only an administrator can turn accounts on.</source>
   <translation>Nur ein Verwalter kann Konten einschalten.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can turn encryption on and off; ask one to sign in.</source>
   <translation>Nur eine Administratorin oder ein Administrator kann die Verschlüsselung ein- und ausschalten; bitten Sie, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can write a backup; ask one to sign in.</source>
   <translation>Nur ein Verwalter kann eine Sicherung schreiben; bitten Sie einen, sich anzumelden.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>Only orders are taken: send status “active”, or “revoked”, and intent “order”.</source>
   <translation>Nur Aufträge werden angenommen: Senden Sie den Status „active“ oder „revoked“ und die Absicht „order“.</translation>
  </message>
  <message>
   <location filename="disk_space.py" />
   <source>Only {0} GB are free for cases; make room on the disk.</source>
   <translation>Nur noch {0} GB frei für Fälle; auf dem Datenträger Platz schaffen.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>Only {0} such cells were decided in reviewed or signed cases; take fewer.</source>
   <translation>Nur {0} solche Zellen wurden in durchgesehenen oder unterschriebenen Fällen entschieden; nehmen Sie weniger.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Order cancelled by the sender, {0}.</source>
   <translation>Auftrag vom Absender storniert, {0}.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Orders from other computers come over an encrypted line: write tls:// before the address, or plain:// to have them in the clear.</source>
   <translation>Aufträge anderer Computer kommen über eine verschlüsselte Leitung: Schreiben Sie tls:// vor die Adresse, oder plain://, um sie unverschlüsselt zu bekommen.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>Others can read or change “{0}”; give it to this user alone (chmod 600).</source>
   <translation>Andere können „{0}“ lesen oder ändern; geben Sie die Datei allein diesem Benutzer (chmod 600).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Außer Kontrolle ({rules}); Grenzen {low} bis {high}.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Out of focus: turn the fine focus and take it again.</source>
   <translation>Unscharf: Drehen Sie am Feintrieb und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>Überbelichtet: Senken Sie Lampe oder Belichtungszeit und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Partly overexposed: lower the lamp or the exposure time.</source>
   <translation>Teilweise überbelichtet: Senken Sie Lampe oder Belichtungszeit.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program less than usual: see by a blinded re-read that cells are looked at.</source>
   <translation>Personen korrigieren das Programm weniger als üblich: durch verblindetes Nachlesen sehen, dass Zellen angesehen werden.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program more than usual: look at the corrected cells, and teach a site profile.</source>
   <translation>Personen korrigieren das Programm mehr als üblich: die korrigierten Zellen ansehen und ein Laborprofil anlernen.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>People sign in here; lock the screen, then the other person signs in.</source>
   <translation>Hier melden sich Personen an; sperren Sie den Bildschirm, dann meldet sich die andere Person an.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>Pictures that are there twice and count once: {0}.</source>
   <translation>Doppelt vorhandene Bilder, die einmal zählen: {0}.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Pixel size, objective and adapter must be more than zero.</source>
   <translation>Pixelgröße, Objektiv und Adapter müssen größer als null sein.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Preliminary: amended, and not signed since.</source>
   <translation>Vorläufig: berichtigt und seither nicht unterschrieben.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Preparing the model “{0}” for this machine; this happens once.</source>
   <translation>Das Modell „{0}“ wird für diesen Rechner vorbereitet; das geschieht einmal.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted before anything was changed; the cases are as they were.</source>
   <translation>Das Zurückspielen einer Sicherung wurde unterbrochen, bevor etwas geändert war; die Fälle sind, wie sie waren.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted; it is finished now, and the cases are those of the backup.</source>
   <translation>Das Zurückspielen einer Sicherung wurde unterbrochen; es ist jetzt beendet, und die Fälle sind die der Sicherung.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Rather dark: raise the lamp or the exposure time.</source>
   <translation>Eher dunkel: Erhöhen Sie Lampe oder Belichtungszeit.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Read what trying its maps showed before you go by them: at least one does not show why it judges.</source>
   <translation>Lesen Sie, was die Probe seiner Karten ergab, bevor Sie sich nach ihnen richten: Mindestens eine zeigt nicht, warum es urteilt.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Ready.</source>
   <translation>Bereit.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Reports go to a FHIR server over an encrypted line only; write https:// before its address.</source>
   <translation>Befunde gehen an einen FHIR-Server nur über eine verschlüsselte Leitung; schreiben Sie https:// vor seine Adresse.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>Row {0} of “{1}” cannot be read ({2}); restore a backup.</source>
   <translation>Zeile {0} von „{1}“ kann nicht gelesen werden ({2}); spielen Sie eine Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>Rows cannot be read, so that they cannot be held against the trail; run leukoscope check.</source>
   <translation>Zeilen können nicht gelesen und deshalb nicht mit dem Protokoll verglichen werden; führen Sie leukoscope check aus.</translation>
  </message>
  <message>
   <location filename="known_cells.py" />
   <source>Say first what this cell is; an example shows what a person decided.</source>
   <translation>Sagen Sie zuerst, was diese Zelle ist; ein Beispiel zeigt, was ein Mensch entschieden hat.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Say why the run does not count; the reason stands in the audit trail.</source>
   <translation>Sagen Sie, warum der Lauf nicht zählt; der Grund steht im Prüfprotokoll.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Several cases have the number {0}; give each its own.</source>
   <translation>Mehrere Fälle haben die Nummer {0}; geben Sie jedem eine eigene.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Several messages stand between two marks; send each between its own.</source>
   <translation>Zwischen zwei Marken stehen mehrere Nachrichten; senden Sie jede zwischen eigenen.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Several people of the hospital’s directory have this name; an administrator sets a narrower base.</source>
   <translation>Mehrere Personen im Verzeichnis des Krankenhauses haben diesen Namen; ein Administrator stellt eine engere Basis ein.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Sharper than the control slides are usually: check that sharpening is off in the camera.</source>
   <translation>Schärfer als die Kontrollobjektträger sonst: prüfen, dass das Nachschärfen der Kamera aus ist.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the central square that is kept.</source>
   <translation>Seite des mittleren Quadrats, das bleibt.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the square that is cut out, in pixels of a CellImage.</source>
   <translation>Seite des ausgeschnittenen Quadrats, in Pixeln eines Zellbilds.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Sign in first.</source>
   <translation>Zuerst anmelden.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>Somebody else wrote “{0}” as {1} meanwhile; yours was “{2}”.</source>
   <translation>Jemand anderes hat „{0}“ inzwischen als {1} geschrieben; Ihres war „{2}“.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Somebody has changed this cell meanwhile; open the case again.</source>
   <translation>Jemand hat diese Zelle inzwischen geändert; den Fall neu öffnen.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Somebody has seen to this message already.</source>
   <translation>Jemand hat diese Nachricht schon erledigt.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>Something answered at this address, but not as a network camera does; check the number behind the colon (the port) and the word before it (http, https, rtsp).</source>
   <translation>An dieser Adresse hat etwas geantwortet, aber nicht wie eine Netzwerkkamera; prüfen Sie die Zahl hinter dem Doppelpunkt (den Port) und das Wort davor (http, https, rtsp).</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Something unexpected happened; what was saved is there. Try again, and if it comes back, send the fault report of the Help menu to your support.</source>
   <translation>Etwas Unerwartetes ist geschehen; Gespeichertes ist da. Versuchen Sie es erneut; kommt es wieder, senden Sie den Fehlerbericht aus dem Hilfemenü an Ihren Support.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>Starting the engine.</source>
   <translation>Rechenwerk startet.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Stopped.</source>
   <translation>Angehalten.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Stopped: {0} orders from here on were not taken.</source>
   <translation>Angehalten: {0} Aufträge ab hier wurden nicht übernommen.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Taken away in the order of “{0}”, pixels change the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>In der Reihenfolge von „{0}“ weggenommen, ändern Pixel die Antwort auf {1} von {2} Zellen früher als in zufälliger Reihenfolge, auf {3} früher als von der Mitte nach außen.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>Taken back.</source>
   <translation>Zurückgenommen.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it does not take a file; ask its administrator what it has against it.</source>
   <translation>Das DICOM-Archiv antwortete, dass es eine Datei nicht annimmt; fragen Sie seinen Administrator, was es dagegen hat.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it has no room left; it is tried again by itself. Tell its administrator.</source>
   <translation>Das DICOM-Archiv antwortete, dass es keinen Platz mehr hat; es wird von selbst erneut versucht. Sagen Sie es seinem Administrator.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it is too busy; it is tried again by itself.</source>
   <translation>Das DICOM-Archiv antwortete, dass es zu beschäftigt ist; es wird von selbst erneut versucht.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>Das DICOM-Archiv ist nicht erreichbar; prüfen Sie, ob es läuft, und seine Adresse in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not know this workstation; check both titles in the settings.</source>
   <translation>Das DICOM-Archiv kennt diesen Arbeitsplatz nicht; prüfen Sie beide Titel in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not take objects of this kind; ask its administrator.</source>
   <translation>Das DICOM-Archiv nimmt Objekte dieser Art nicht an; fragen Sie seinen Administrator.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but did not take the question whether it keeps them; ask its administrator.</source>
   <translation>Das DICOM-Archiv hat die Objekte, hat aber die Frage nach der Aufbewahrung nicht angenommen; fragen Sie dessen Verwaltung.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but offers no storage commitment; ask its administrator, or do not ask for it in the settings.</source>
   <translation>Das DICOM-Archiv hat die Objekte, bietet aber keine Aufbewahrungszusage an; fragen Sie dessen Verwaltung, oder verlangen Sie sie in den Einstellungen nicht.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but does not answer; check with its administrator.</source>
   <translation>Das DICOM-Archiv nahm den Ruf an, antwortet aber nicht; mit seinem Administrator klären.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but gave no answer to a file; check with its administrator.</source>
   <translation>Das DICOM-Archiv nahm den Ruf an, antwortete aber nicht auf eine Datei; klären Sie es mit seinem Administrator.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist cannot be reached; check that it runs, and its address.</source>
   <translation>Die DICOM-Arbeitsliste ist nicht erreichbar; prüfen Sie, ob sie läuft, und ihre Adresse.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist does not know this workstation; check both titles.</source>
   <translation>Die DICOM-Arbeitsliste kennt diesen Arbeitsplatz nicht; prüfen Sie beide Titel.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist took the call, but did not answer to the end; try again later.</source>
   <translation>Die DICOM-Arbeitsliste nahm den Anruf an, antwortete aber nicht bis zum Ende; versuchen Sie es später noch einmal.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>Der FHIR-Server ist nicht erreichbar; prüfen Sie, ob er läuft, und seine Adresse in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report: “{0}”.</source>
   <translation>Der FHIR-Server hat den Befund nicht angenommen: „{0}“.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report; ask its administrator.</source>
   <translation>Der FHIR-Server hat den Befund nicht angenommen; fragen Sie seinen Administrator.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server does not take our sign-in; check its file in the settings.</source>
   <translation>Der FHIR-Server nimmt unsere Anmeldung nicht an; prüfen Sie ihre Datei in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server has moved; write its new address in the settings.</source>
   <translation>Der FHIR-Server ist umgezogen; schreiben Sie seine neue Adresse in die Einstellungen.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server is busy; the report is sent again later.</source>
   <translation>Der FHIR-Server ist beschäftigt; der Befund wird später noch einmal gesendet.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>The Micro-Manager configuration “{0}” is not there any more.</source>
   <translation>Die Micro-Manager-Konfiguration „{0}“ ist nicht mehr da.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The address of a timestamp authority begins with http:// or https://; write it again.</source>
   <translation>Die Adresse einer Zeitstempelstelle beginnt mit http:// oder https://; geben Sie sie neu ein.</translation>
  </message>
  <message>
   <location filename="server_connection.py" />
   <source>The address of the case database is not one; write postgresql://user:password@host/name.</source>
   <translation>Die Adresse der Falldatenbank ist keine; postgresql://user:password@host/name schreiben.</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The address of the shared database in settings.json is not a text; write it again, or leave it empty.</source>
   <translation>Die Adresse der gemeinsamen Datenbank in settings.json ist kein Text; schreiben Sie sie neu, oder lassen Sie sie leer.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; ask its administrator, then try again.</source>
   <translation>Das Archiv hat nicht alle Objekte; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; they are sent again by themselves.</source>
   <translation>Das Archiv hat nicht alle Objekte; sie werden von selbst erneut gesendet.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep all objects and gives a reason of its own; ask its administrator, then try again.</source>
   <translation>Das Archiv bewahrt nicht alle Objekte auf und nennt einen eigenen Grund; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep objects of this kind; ask its administrator, then try again.</source>
   <translation>Das Archiv bewahrt Objekte dieser Art nicht auf; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; ask its administrator, then try again.</source>
   <translation>Das Archiv konnte nicht alle Objekte verarbeiten und bewahrt sie nicht auf; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; they are sent again by themselves.</source>
   <translation>Das Archiv konnte nicht alle Objekte verarbeiten und bewahrt sie nicht auf; sie werden von selbst erneut gesendet.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; ask its administrator, then try again.</source>
   <translation>Das Archiv hat keinen Platz mehr für alle Objekte; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; they are sent again by themselves. Tell its administrator.</source>
   <translation>Das Archiv hat keinen Platz mehr für alle Objekte; sie werden von selbst erneut gesendet. Sagen Sie es dessen Verwaltung.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has other objects under the names of some; ask its administrator, then try again.</source>
   <translation>Das Archiv hat unter den Namen einiger Objekte andere; fragen Sie dessen Verwaltung und versuchen Sie es dann erneut.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects, but did not say within a day that it keeps them; ask its administrator, and whether it may call this workstation back.</source>
   <translation>Das Archiv hat die Objekte, hat aber binnen eines Tages nicht gesagt, dass es sie aufbewahrt; fragen Sie dessen Verwaltung, auch ob es diesen Arbeitsplatz zurückrufen darf.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects; it is asked whether it keeps them.</source>
   <translation>Das Archiv hat die Objekte; es wird gefragt, ob es sie aufbewahrt.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive knows this question already and did not answer it; try again.</source>
   <translation>Das Archiv kennt diese Anfrage schon und hat sie nicht beantwortet; versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The archive’s answer cannot be kept; check the disk.</source>
   <translation>Die Antwort des Archivs kann nicht festgehalten werden; prüfen Sie die Festplatte.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The attribute of the name is one word, for example sAMAccountName or uid.</source>
   <translation>Das Attribut des Namens ist ein einziges Wort, zum Beispiel sAMAccountName oder uid.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup changed while it was read; try again.</source>
   <translation>Die Sicherung hat sich beim Lesen geändert; versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup was not put back: the end of its trail could not be written; check the disk, try again.</source>
   <translation>Die Sicherung wurde nicht zurückgespielt: Das Ende ihres Protokolls konnte nicht geschrieben werden; prüfen Sie den Datenträger und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="backup_zip.py" />
   <source>The backup was written but cannot be read back; check the disk, or choose another place.</source>
   <translation>Die Sicherung wurde geschrieben, kann aber nicht zurückgelesen werden; prüfen Sie den Datenträger, oder wählen Sie einen anderen Ort.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch has no end (BTS, FTS): messages may be missing from the file.</source>
   <translation>Der Stapel hat kein Ende (BTS, FTS): in der Datei fehlen vielleicht Nachrichten.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch says that it holds {0} messages; {1} are there.</source>
   <translation>Der Stapel nennt {0} Nachrichten; {1} sind da.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>The box is too small; draw it around the whole cell.</source>
   <translation>Der Rahmen ist zu klein; ihn um die ganze Zelle ziehen.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>The bytes of waiting image {0} of case {1} are missing, or not what was accepted.</source>
   <translation>Die Bytes des wartenden Bildes {0} von Fall {1} fehlen oder sind nicht, was angenommen wurde.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The camera gives no pictures any more; check its cable, then scan again.</source>
   <translation>Die Kamera liefert keine Bilder mehr; prüfen Sie ihr Kabel und scannen Sie dann neu.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check its plug and close other programs that use it.</source>
   <translation>Die Kamera sendet keine Bilder; den Stecker prüfen und andere Programme schließen, die sie benutzen.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check that it is switched on, and that no trigger is set in Micro-Manager.</source>
   <translation>Die Kamera sendet keine Bilder; prüfen Sie, ob sie eingeschaltet und in Micro-Manager kein Auslöser (Trigger) eingestellt ist.</translation>
  </message>
  <message>
   <location filename="camera.py" />
   <source>The camera sends pictures of an unknown kind; choose another format in its own program.</source>
   <translation>Die Kamera sendet Bilder unbekannter Art; in ihrem eigenen Programm ein anderes Format wählen.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; switch it off and on, and start it anew in Micro-Manager.</source>
   <translation>Die Kamera sendet immer dasselbe Bild; schalten Sie sie aus und wieder ein und starten Sie sie in Micro-Manager neu.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; unplug it and plug it in again.</source>
   <translation>Die Kamera sendet immer dasselbe Bild; sie ab- und wieder anstecken.</translation>
  </message>
  <message>
   <location filename="asked_motors.py" />
   <source>The camera was closed; start it and scan again.</source>
   <translation>Die Kamera wurde geschlossen; starten Sie sie und scannen Sie neu.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The camera was not ready in time; wait a moment, then try again.</source>
   <translation>Die Kamera war nicht rechtzeitig bereit; warten Sie einen Moment und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera’s driver failed; unplug it and plug it in again.</source>
   <translation>Der Treiber der Kamera hat versagt; sie ab- und wieder anstecken.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case could not be saved or read; try again, and restore a backup if it goes on.</source>
   <translation>Der Fall konnte nicht gespeichert oder gelesen werden; erneut versuchen und, wenn es so bleibt, eine Sicherung zurückspielen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not let this computer in; ask its administrator.</source>
   <translation>Die Falldatenbank hat geantwortet, lässt diesen Rechner aber nicht ein; fragen Sie ihren Administrator.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not take this name and password; check them in its address.</source>
   <translation>Die Falldatenbank hat geantwortet, nimmt aber Name und Passwort nicht an; prüfen Sie beide in ihrer Adresse.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but serves too many others; wait a moment, then try again.</source>
   <translation>Die Falldatenbank hat geantwortet, bedient aber zu viele andere; warten Sie einen Moment und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be opened; check the permissions of the data folder.</source>
   <translation>Die Falldatenbank kann nicht geöffnet werden; die Rechte des Datenordners prüfen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be written; check the permissions of the data folder.</source>
   <translation>In die Falldatenbank kann nicht geschrieben werden; die Rechte des Datenordners prüfen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database does not answer; check the network and that its server runs.</source>
   <translation>Die Falldatenbank antwortet nicht; das Netz prüfen und ob ihr Server läuft.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database does not say any more which version wrote it; restore a backup.</source>
   <translation>Die Falldatenbank sagt nicht mehr, welche Version sie geschrieben hat; stellen Sie eine Sicherung wieder her.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is damaged: it is not at the revision that it says; restore a backup.</source>
   <translation>Die Falldatenbank ist beschädigt: Sie hat nicht den Stand, den sie angibt; stellen Sie eine Sicherung wieder her.</translation>
  </message>
  <message>
   <location filename="case_parts.py" />
   <source>The case database is damaged; restore a backup.</source>
   <translation>Die Falldatenbank ist beschädigt; eine Sicherung zurückspielen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is in use by another program; close it, then try again.</source>
   <translation>Die Falldatenbank wird von einem anderen Programm benutzt; dieses schließen, dann erneut versuchen.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database is in use; its freed pages are zeroed at the next start.</source>
   <translation>Die Falldatenbank wird benutzt; ihre frei gewordenen Seiten werden beim nächsten Start mit Nullen überschrieben.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database takes too long; try again, and ask its administrator if it goes on.</source>
   <translation>Die Falldatenbank braucht zu lange; versuchen Sie es noch einmal, und fragen Sie ihren Verwalter, wenn es so bleibt.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server answered, but has no database or user of this name; check its address.</source>
   <translation>Der Server der Falldatenbank hat geantwortet, hat aber keine Datenbank oder keinen Benutzer dieses Namens; prüfen Sie die Adresse.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is being stopped; try again when it runs.</source>
   <translation>Der Server der Falldatenbank wird gerade angehalten; versuchen Sie es erneut, wenn er läuft.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is starting; wait a moment, then try again.</source>
   <translation>Der Server der Falldatenbank startet gerade; warten Sie einen Moment und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since it was printed for signing; look at it, then sign.</source>
   <translation>Der Fall hat sich seit dem Druck zur Unterschrift geändert; ansehen, dann unterschreiben.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since you looked at it; look at it again, then sign.</source>
   <translation>Der Fall hat sich geändert, seit Sie ihn angesehen haben; sehen Sie ihn noch einmal an und unterschreiben Sie dann.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The case of this number is another patient’s; nothing was changed. Ask which number is right.</source>
   <translation>Der Fall mit dieser Nummer gehört einem anderen Patienten; nichts wurde geändert. Fragen Sie, welche Nummer stimmt.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The case was put away before this left.</source>
   <translation>Der Fall wurde weggelegt, bevor dies hinausging.</translation>
  </message>
  <message>
   <location filename="queue_judging.py" />
   <source>The cell could not be judged.</source>
   <translation>Die Zelle konnte nicht beurteilt werden.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The cell could not be judged; draw it again.</source>
   <translation>Die Zelle konnte nicht beurteilt werden; sie neu einzeichnen.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>Die Zelle ist weder klar leukämisch noch klar gesund.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>Die Zelle ist überbelichtet: Senken Sie Lampe oder Belichtungszeit und nehmen Sie sie neu auf.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is rather dark: raise the lamp or the exposure time.</source>
   <translation>Die Zelle ist eher dunkel: Erhöhen Sie Lampe oder Belichtungszeit.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>Die Zelle ist zu dunkel: Erhöhen Sie Lampe oder Belichtungszeit und nehmen Sie sie neu auf.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>Die Zelle gleicht nichts, was das Programm kennt.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>Die Zelle gleicht nicht den mononukleären Zellen, die die Leukämiemodelle kennen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is very bright: lower the lamp or the exposure time.</source>
   <translation>Die Zelle ist sehr hell: Senken Sie Lampe oder Belichtungszeit.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>Die Zelle sieht wie eine Vorläuferzelle aus; ein Mensch muss sie benennen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are hardly stained: stain the smear again, or check the camera's color setting.</source>
   <translation>Die Zellen sind kaum gefärbt: Färben Sie den Ausstrich neu oder prüfen Sie die Farbeinstellung der Kamera.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are rather small: take them with a stronger objective.</source>
   <translation>Die Zellen sind eher klein: Nehmen Sie sie mit einem stärkeren Objektiv auf.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are too small: take them with a stronger objective, 40x at least.</source>
   <translation>Die Zellen sind zu klein: Nehmen Sie sie mit einem stärkeren Objektiv auf, mindestens 40x.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The character set “{0}” of MSH-18 is not known; ask for UNICODE UTF-8.</source>
   <translation>Der Zeichensatz „{0}“ in MSH-18 ist nicht bekannt; bitten Sie um UNICODE UTF-8.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The compiled model “{0}” does not do the same as the original; it is refused.</source>
   <translation>Das übersetzte Modell „{0}“ tut nicht dasselbe wie das Original; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases broke a rule of control ({0}): {1} See their chart.</source>
   <translation>Die täglichen Fälle haben eine Kontrollregel verletzt ({0}): {1} Siehe die Karte.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases of {0} broke a rule of control ({1}): {2} See their chart.</source>
   <translation>Die täglichen Fälle von {0} verletzen eine Kontrollregel ({1}): {2} Siehe ihr Diagramm.</translation>
  </message>
  <message>
   <location filename="changed_rows.py" />
   <source>The database did not keep what was saved as it was given; nothing was saved. Run leukoscope check, and ask its administrator.</source>
   <translation>Die Datenbank hat nicht behalten, was gespeichert werden sollte; nichts wurde gespeichert. Führen Sie leukoscope check aus und fragen Sie ihren Administrator.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The database says that it is at revision {0}; it is at {1}.</source>
   <translation>Die Datenbank gibt den Stand {0} an; sie hat den Stand {1}.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The database was written anew and is not the same; nothing was changed. Check the disk.</source>
   <translation>Die Datenbank wurde neu geschrieben und ist nicht dieselbe; nichts wurde geändert. Prüfen Sie den Datenträger.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The date of birth cannot be read; it stays empty. Write it on the case.</source>
   <translation>Das Geburtsdatum ist nicht lesbar und bleibt leer. Es in den Fall schreiben.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear failed unexpectedly; choose it again.</source>
   <translation>Der Demo-Ausstrich ist unerwartet ausgefallen; wählen Sie ihn erneut.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear is being drawn; close other programs if it takes long.</source>
   <translation>Der Demo-Ausstrich wird gezeichnet; schließen Sie andere Programme, wenn es lange dauert.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear stands still; close other programs, this computer is busy.</source>
   <translation>Der Demo-Ausstrich steht still; schließen Sie andere Programme, dieser Rechner ist ausgelastet.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk could not be read or written; check its cable or line, then try again, and if it comes back, tell whoever looks after this computer.</source>
   <translation>Der Datenträger ließ sich nicht lesen oder beschreiben; prüfen Sie Kabel oder Leitung, versuchen Sie es noch einmal, und sagen Sie es der Betreuung dieses Rechners, wenn es wiederkommt.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The disk did not give the settings; the last good ones are in force until the next start.</source>
   <translation>Der Datenträger gab die Einstellungen nicht her; bis zum nächsten Start gelten die letzten guten.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk is full; free some space, then try again.</source>
   <translation>Der Datenträger ist voll; Platz schaffen, dann erneut versuchen.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk or folder can only be read; ask whoever looks after this computer for the right to write.</source>
   <translation>Der Datenträger oder Ordner kann nur gelesen werden; bitten Sie die Betreuung dieses Rechners um das Recht zu schreiben.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk with the case database has a fault or is full; check it, then try again.</source>
   <translation>Der Datenträger der Falldatenbank ist gestört oder voll; prüfen, dann erneut versuchen.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The earlier folder “{0}” cannot be replaced; close its files in other programs.</source>
   <translation>Der frühere Ordner „{0}“ kann nicht ersetzt werden; schließen Sie seine Dateien in anderen Programmen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass has a tint: set the camera's white balance on it.</source>
   <translation>Das leere Glas hat einen Farbstich: Stellen Sie darauf den Weißabgleich der Kamera ein.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass is far from white: set the camera's white balance on it and take it again.</source>
   <translation>Das leere Glas ist weit von Weiß entfernt: Stellen Sie darauf den Weißabgleich der Kamera ein und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine does not come back from what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Das Rechenwerk kommt von dem, was bei {0} liegt (Pixel von links, von oben), nicht zurück; sehen Sie dort selbst nach.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>The engine does not hold the model “{0}”; choose it on the Models page.</source>
   <translation>Das Modell „{0}“ ist nicht geladen; es auf der Seite Modelle wählen.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine is closed; start the program again.</source>
   <translation>Das Rechenwerk ist geschlossen; starten Sie das Programm neu.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine stopped unexpectedly and is started again; what it was judging is judged once more.</source>
   <translation>Das Rechenwerk blieb unerwartet stehen und wird neu gestartet; was es gerade beurteilte, wird noch einmal beurteilt.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine stops each time at what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Das Rechenwerk bleibt jedes Mal an dem stehen, was bei {0} liegt (Pixel von links, von oben); sehen Sie dort selbst nach.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The engine stops each time it judges this cell; look at it yourself.</source>
   <translation>Das Rechenwerk bleibt jedes Mal stehen, wenn es diese Zelle beurteilt; sehen Sie sie selbst an.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine stops with every cell on this computer, not with one of them; start the program again, and if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>Das Rechenwerk bleibt auf diesem Rechner bei jeder Zelle stehen, nicht bei einer bestimmten; starten Sie das Programm neu, und wenn das nicht hilft, installieren Sie es neu und schicken Sie den Fehlerbericht aus dem Hilfe-Menü an Ihre Betreuung.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine takes too long to start; close other programs and try again.</source>
   <translation>Das Rechenwerk braucht zu lange zum Starten; schließen Sie andere Programme und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The entry has neither an accession number nor one of the procedure.</source>
   <translation>Der Eintrag hat weder eine Zugangsnummer noch eine der Untersuchung.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The erasure of case {0} was put there behind the program’s back; the trail does not tell of it.</source>
   <translation>Die Löschung von Fall {0} wurde am Programm vorbei eingetragen; das Protokoll weiß nichts davon.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The file does not say how its letters are written; they were read as {0}. Look at names with accents, or save the list as “CSV UTF-8”.</source>
   <translation>Die Datei sagt nicht, wie ihre Buchstaben geschrieben sind; sie wurden als {0} gelesen. Prüfen Sie Namen mit Akzenten, oder speichern Sie die Liste als „CSV UTF-8“.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file is cut off in this message.</source>
   <translation>Die Datei bricht in dieser Nachricht ab.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The file of the case database is of another kind; restore a backup.</source>
   <translation>Die Datei der Falldatenbank ist von anderer Art; spielen Sie eine Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The file of the key that signs the audit trail cannot be read; put {0} back from a backup.</source>
   <translation>Die Datei des Schlüssels, der das Protokoll signiert, kann nicht gelesen werden; spielen Sie {0} aus einer Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>The file of the search account cannot be read; it has the account’s name in its first line, the password below.</source>
   <translation>Die Datei des Suchkontos ist nicht lesbar; in ihrer ersten Zeile steht der Name des Kontos, darunter das Passwort.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>The file of the sign-in at the FHIR server cannot be read; choose it again in the settings.</source>
   <translation>Die Datei der Anmeldung beim FHIR-Server kann nicht gelesen werden; wählen Sie sie in den Einstellungen noch einmal.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The file of the sign-in holds neither a token nor name:password; write it again.</source>
   <translation>Die Datei der Anmeldung enthält weder ein Token noch Name:Passwort; schreiben Sie sie neu.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file says that it holds {0} batches; {1} are there.</source>
   <translation>Die Datei nennt {0} Stapel; {1} sind da.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The file {0} does not belong to the model “{1}”; install it again.</source>
   <translation>Die Datei {0} gehört nicht zum Modell „{1}“; installieren Sie es neu.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>The file {0} in the folder “{1}” cannot be read; put it back from a backup.</source>
   <translation>Die Datei {0} im Ordner „{1}“ kann nicht gelesen werden; stellen Sie sie aus einer Sicherung wieder her.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} is an older copy: it ends at entry {1}, and entry {2} was signed here later.</source>
   <translation>Die Datei {0} ist eine ältere Kopie: Sie endet bei Eintrag {1}, und Eintrag {2} wurde hier später signiert.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} was not written by this installation.</source>
   <translation>Die Datei {0} wurde nicht von dieser Installation geschrieben.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0}, by which this workstation remembers the end of the trail, is missing or damaged.</source>
   <translation>Die Datei {0}, mit der sich dieser Arbeitsplatz das Ende des Protokolls merkt, fehlt oder ist beschädigt.</translation>
  </message>
  <message>
   <location filename="unlocked_keys.py" />
   <source>The file “{0}” beside the cases cannot be read; put it back from a backup.</source>
   <translation>Die Datei „{0}“ neben den Fällen ist nicht lesbar; holen Sie sie aus einer Sicherung zurück.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The file “{0}” is none of the images; leukoscope check --repair sets it aside.</source>
   <translation>Die Datei „{0}“ gehört nicht zu den Bildern; leukoscope check --repair legt sie beiseite.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The file “{0}” was changed; its signature is wrong.</source>
   <translation>Die Datei „{0}“ wurde geändert; ihre Signatur ist falsch.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The file “{0}”, which is none of the images, was set aside in {1}.</source>
   <translation>Die Datei „{0}“, die nicht zu den Bildern gehört, wurde beiseitegelegt in {1}.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The folder of cases cannot be written; check the disk and its permissions.</source>
   <translation>In den Ordner der Fälle kann nicht geschrieben werden; Datenträger und Rechte prüfen.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>The folder of orders cannot be read or written; check that it is there, and its permissions.</source>
   <translation>Der Ordner der Aufträge kann nicht gelesen oder beschrieben werden; prüfen Sie, ob es ihn gibt, und seine Rechte.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The folder of orders is not there; make it, or choose another in the settings.</source>
   <translation>Den Ordner der Aufträge gibt es nicht; legen Sie ihn an, oder wählen Sie in den Einstellungen einen anderen.</translation>
  </message>
  <message>
   <location filename="app_dirs.py" />
   <source>The folder {0} cannot be made; check the disk and its permissions.</source>
   <translation>Der Ordner {0} kann nicht angelegt werden; Datenträger und Rechte prüfen.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The folder “{0}” cannot be read; choose another one.</source>
   <translation>Der Ordner „{0}“ kann nicht gelesen werden; wählen Sie einen anderen.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The folder “{0}” cannot be written; choose another one.</source>
   <translation>In den Ordner „{0}“ kann nicht geschrieben werden; einen anderen wählen.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds another case; move it away or choose another folder.</source>
   <translation>Im Ordner „{0}“ liegt ein anderer Fall; verschieben Sie ihn oder wählen Sie einen anderen Ordner.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” holds no images; choose another folder.</source>
   <translation>Der Ordner „{0}“ enthält keine Bilder; einen anderen Ordner wählen.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds other files too, and only one export; choose another folder.</source>
   <translation>Im Ordner „{0}“ liegen auch andere Dateien; wählen Sie einen anderen Ordner.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” may not be opened; ask its owner for permission.</source>
   <translation>Der Ordner „{0}“ darf nicht geöffnet werden; den Eigentümer um Erlaubnis bitten.</translation>
  </message>
  <message>
   <location filename="batch.py" />
   <source>The header of this file names another patient than was given; check whose blood it shows.</source>
   <translation>Der Kopf dieser Datei nennt einen anderen Patienten, als angegeben wurde; prüfen Sie, wessen Blut sie zeigt.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital gave this patient another number; the case is signed and stays as it is. Amend it, if its report is to have the new one.</source>
   <translation>Die Klinik hat diesem Patienten eine andere Nummer gegeben; der Fall ist unterschrieben und bleibt, wie er ist. Berichtigen Sie ihn, wenn sein Befund die neue tragen soll.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital has other data of this patient than the case, which is signed and stays as it is. Amend it, if its report is to have them.</source>
   <translation>Die Klinik hat andere Daten dieses Patienten als der Fall, der unterschrieben ist und bleibt, wie er ist. Berichtigen Sie ihn, wenn sein Befund sie tragen soll.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not answer; try again later, or let an administrator with an account of the laboratory sign in.</source>
   <translation>Das Verzeichnis des Krankenhauses antwortet nicht; versuchen Sie es später, oder lassen Sie einen Administrator mit einem Konto des Labors sich anmelden.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let people read their own entry; set a search account.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt niemanden den eigenen Eintrag lesen; stellen Sie ein Suchkonto ein.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let the search account in; an administrator checks its file.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt das Suchkonto nicht ein; ein Administrator prüft dessen Datei.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in at this hour; ask the help desk.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt Sie um diese Zeit nicht ein; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in from this computer; ask the help desk.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt Sie von diesem Computer aus nicht ein; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in; ask the help desk.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt Sie nicht ein; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not say who signed in; set a search account.</source>
   <translation>Das Verzeichnis des Krankenhauses sagt nicht, wer sich angemeldet hat; stellen Sie ein Suchkonto ein.</translation>
  </message>
  <message>
   <location filename="ldap_line.py" />
   <source>The hospital’s directory does not show what is asked for; check the base and the search account.</source>
   <translation>Das Verzeichnis des Krankenhauses zeigt nicht, wonach gefragt wird; prüfen Sie Basis und Suchkonto.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory has locked your account; wait until it opens again, or ask the help desk.</source>
   <translation>Das Verzeichnis des Krankenhauses hat Ihr Konto gesperrt; warten Sie, bis es wieder offen ist, oder fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>The hospital’s directory has no group “{0}”; write it as it stands there.</source>
   <translation>Das Verzeichnis des Krankenhauses hat keine Gruppe „{0}“; schreiben Sie sie so, wie sie dort steht.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory has no person of this name.</source>
   <translation>Das Verzeichnis des Krankenhauses hat niemanden dieses Namens.</translation>
  </message>
  <message>
   <location filename="directory_confirmation.py" />
   <source>The hospital’s directory has not confirmed you for four hours; sign in again.</source>
   <translation>Das Verzeichnis des Krankenhauses hat Sie seit vier Stunden nicht bestätigt; melden Sie sich neu an.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>The hospital’s directory is turned off here; an administrator of the laboratory takes your account back.</source>
   <translation>Das Verzeichnis des Krankenhauses ist hier ausgeschaltet; ein Administrator des Labors nimmt Ihr Konto zurück.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The hospital’s directory knows you, but you are in none of the groups that work with LeukoScope; ask whoever looks after these groups.</source>
   <translation>Das Verzeichnis des Krankenhauses kennt Sie, aber Sie sind in keiner der Gruppen, die mit LeukoScope arbeiten; fragen Sie, wer diese Gruppen betreut.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The hospital’s directory lets this person no longer in; it opens again when they come by its groups.</source>
   <translation>Das Verzeichnis des Krankenhauses lässt diese Person nicht mehr ein; das Konto öffnet sich wieder, wenn sie über dessen Gruppen kommt.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory names nothing that stays when a person is renamed (entryUUID).</source>
   <translation>Das Verzeichnis des Krankenhauses nennt nichts, was bleibt, wenn eine Person umbenannt wird (entryUUID).</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory wants an encrypted line; write ldaps:// or ldap:// before its address.</source>
   <translation>Das Verzeichnis des Krankenhauses will eine verschlüsselte Leitung; schreiben Sie ldaps:// oder ldap:// vor seine Adresse.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system acknowledged another message.</source>
   <translation>Das Kliniksystem hat eine andere Nachricht bestätigt.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>Das Kliniksystem ist nicht erreichbar; prüfen Sie, ob es läuft, und seine Adresse in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system does not answer.</source>
   <translation>Das Kliniksystem antwortet nicht.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error and did not take the message: “{0}”.</source>
   <translation>Das System des Krankenhauses fand einen Fehler und nahm die Nachricht nicht an: „{0}“.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error in the message and did not take it.</source>
   <translation>Das Kliniksystem fand einen Fehler in der Nachricht und nahm sie nicht an.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system gave an unknown answer.</source>
   <translation>Das Kliniksystem gab eine unbekannte Antwort.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message: “{0}”.</source>
   <translation>Das System des Krankenhauses hat die Nachricht abgelehnt: „{0}“.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message; ask its administrator.</source>
   <translation>Das Kliniksystem hat die Nachricht abgelehnt; fragen Sie seinen Administrator.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system took a message without saying which; ask whether the report has arrived.</source>
   <translation>Das System des Krankenhauses nahm eine Nachricht an, ohne zu sagen welche; fragen Sie, ob der Bericht angekommen ist.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>The image cannot be saved; free some disk space or check the folder's permissions.</source>
   <translation>Das Bild kann nicht gespeichert werden; Platz schaffen oder die Rechte des Ordners prüfen.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>The image file changed while it was being read; add it again.</source>
   <translation>Die Bilddatei hat sich beim Lesen geändert; sie erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image has no color, so stain cannot be judged: take it with a color camera.</source>
   <translation>Das Bild hat keine Farbe, die Färbung ist nicht beurteilbar: Nehmen Sie es mit einer Farbkamera auf.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is blank: move to a place with cells, focus, and take it again.</source>
   <translation>Das Bild ist leer: Fahren Sie zu einer Stelle mit Zellen, stellen Sie scharf und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>Das Bild ist nicht gut genug für ein Urteil.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is too small: take it at a higher magnification or resolution.</source>
   <translation>Das Bild ist zu klein: Nehmen Sie es mit höherer Vergrößerung oder Auflösung auf.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image or report {0} was brought back from the second place.</source>
   <translation>Das Bild oder der Bericht {0} wurde vom zweiten Ort zurückgeholt.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image or report {0} {1}; restore a backup, or add it again.</source>
   <translation>Bild oder Bericht {0} ({1}): Spielen Sie eine Sicherung zurück, oder fügen Sie es erneut hinzu.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image {0} belongs to no case; leukoscope check --repair sets it aside.</source>
   <translation>Das Bild {0} gehört zu keinem Fall; leukoscope check --repair legt es beiseite.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image {0}, which belongs to no case, was set aside in {1}.</source>
   <translation>Das Bild {0}, das zu keinem Fall gehört, wurde beiseitegelegt in {1}.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>The images differ in size, so they are of two cameras or settings; measure each apart.</source>
   <translation>Die Bilder sind verschieden groß, also von zwei Kameras oder Einstellungen; messen Sie jede für sich.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>The import ended unexpectedly. Close other programs to free memory, then try again.</source>
   <translation>Der Import endete unerwartet. Schließen Sie andere Programme, um Speicher frei zu machen, und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="store_keys.py" />
   <source>The key cannot be kept; check the folder of settings and its disk.</source>
   <translation>Der Schlüssel kann nicht aufbewahrt werden; prüfen Sie den Ordner der Einstellungen und seinen Datenträger.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail cannot be kept; check the disk and its permissions.</source>
   <translation>Der Schlüssel, der das Protokoll signiert, kann nicht gespeichert werden; prüfen Sie Datenträger und Rechte.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail is in the system’s keyring, which cannot be reached from here; sign in to the desktop and unlock the keyring, or move the key into a file: leukoscope audit key --keep-in file.</source>
   <translation>Der Schlüssel, der das Protokoll signiert, liegt im Schlüsselbund des Systems, der von hier nicht erreichbar ist; melden Sie sich am Desktop an und entsperren Sie den Schlüsselbund, oder legen Sie den Schlüssel in eine Datei: leukoscope audit key --keep-in file.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>The laboratory keeps this account already.</source>
   <translation>Das Labor führt dieses Konto bereits.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” does not feed the head “{1}” alone.</source>
   <translation>Die Schicht „{0}“ speist nicht allein den Kopf „{1}“.</translation>
  </message>
  <message>
   <location filename="explanations.py" />
   <source>The layer “{0}” has no attention over places; correct the manifest.</source>
   <translation>Die Schicht „{0}“ hat keine Aufmerksamkeit über Orte; das Manifest berichtigen.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” of the model does not give the {1} outputs that its manifest names.</source>
   <translation>Die Schicht „{0}“ des Modells gibt nicht die {1} Ausgänge, die sein Manifest nennt.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The letters are damaged; ask for the file again.</source>
   <translation>Die Buchstaben sind beschädigt; bitten Sie noch einmal um die Datei.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The letters do not fit the character set “{0}” that MSH-18 names; ask who made the file.</source>
   <translation>Die Buchstaben passen nicht zum Zeichensatz „{0}“, den MSH-18 nennt; fragen Sie, wer die Datei gemacht hat.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The letters of this entry do not fit the character set that it names.</source>
   <translation>Die Buchstaben dieses Eintrags passen nicht zum Zeichensatz, den er nennt.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>The light edition of the program has no model files to send; pack it on a full one.</source>
   <translation>Die leichte Ausgabe des Programms hat keine Modelldateien zum Senden; packen Sie es auf einer vollen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is uneven: center the condenser.</source>
   <translation>Das Licht ist ungleichmäßig: Zentrieren Sie den Kondensor.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is very uneven: center the condenser, open its diaphragm and take it again.</source>
   <translation>Das Licht ist sehr ungleichmäßig: Zentrieren Sie den Kondensor, öffnen Sie seine Blende und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="changed_cells.py" />
   <source>The line leaves no cell on one of its sides; draw it between the two cells.</source>
   <translation>Die Linie lässt auf einer Seite keine Zelle übrig; sie zwischen den beiden Zellen ziehen.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The line to the DICOM archive broke while a file was sent; it is tried again by itself.</source>
   <translation>Die Verbindung zum DICOM-Archiv brach beim Senden einer Datei ab; es wird von selbst erneut versucht.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The line to the DICOM archive broke while it was asked whether it keeps the objects; it is asked again.</source>
   <translation>Die Verbindung zum DICOM-Archiv brach ab, während es nach der Aufbewahrung gefragt wurde; es wird erneut gefragt.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cancels an order that is not here; there is nothing to do.</source>
   <translation>Die Liste storniert einen Auftrag, der nicht da ist; es ist nichts zu tun.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cannot be read; check that the file is there.</source>
   <translation>Die Liste kann nicht gelesen werden; prüfen, ob die Datei da ist.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list changes an order that was not here; the case was begun.</source>
   <translation>Die Liste ändert einen Auftrag, der nicht da war; der Fall wurde begonnen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The list needs a column named “number” in its line of titles.</source>
   <translation>Die Liste braucht in ihrer Titelzeile eine Spalte mit dem Namen „number“ (Nummer).</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message cannot be kept here just now; send it again later.</source>
   <translation>Die Nachricht kann hier gerade nicht gespeichert werden; senden Sie sie später noch einmal.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The message cannot be kept; free some space on the disk.</source>
   <translation>Die Nachricht kann nicht aufbewahrt werden; schaffen Sie Platz auf der Festplatte.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message does not say what it is (MSH-9).</source>
   <translation>Die Nachricht sagt nicht, was sie ist (MSH-9).</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message has no control number (MSH-10).</source>
   <translation>Die Nachricht hat keine Kontrollnummer (MSH-10).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The message holds no order; it may be cut off.</source>
   <translation>Die Nachricht enthält keinen Auftrag; vielleicht ist sie abgeschnitten.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message is too large; send orders one by one, without documents in them.</source>
   <translation>Die Nachricht ist zu groß; senden Sie Aufträge einzeln und ohne Dokumente darin.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The message tells of no patient (PID); it may be cut off.</source>
   <translation>Die Nachricht nennt keinen Patienten (PID); vielleicht ist sie abgeschnitten.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>The messages that wait here have filled their place; no other is taken until some are carried out or dismissed.</source>
   <translation>Die wartenden Nachrichten füllen ihren Platz; keine weitere wird angenommen, bis einige ausgeführt oder erledigt sind.</translation>
  </message>
  <message>
   <location filename="operations.py" />
   <source>The model calls TensorFlow's “{0}”, which this program does not rebuild; type model.export('folder'), or model.save('folder') before Keras 2.13, in the notebook that made it, and import that folder.</source>
   <translation>Das Modell ruft „{0}“ von TensorFlow auf, was dieses Programm nicht nachbaut; geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, vor Keras 2.13 model.save('folder'), und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="import_child.py" />
   <source>The model cannot be installed: the disk is full or the folder cannot be written.</source>
   <translation>Das Modell kann nicht installiert werden: Der Datenträger ist voll oder der Ordner nicht beschreibbar.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model file of “{0}” is not the one its manifest names; install it again.</source>
   <translation>Die Datei des Modells „{0}“ ist nicht die, die sein Manifest nennt; es neu installieren.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>Die Modelldatei „{0}“ gibt es nicht; prüfen Sie ihren Namen und ob ihr Laufwerk verbunden ist.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>The model file “{0}” is damaged or incomplete; copy or save it again.</source>
   <translation>Die Modelldatei „{0}“ ist beschädigt oder unvollständig; sie neu kopieren oder speichern.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” is empty; copy it again.</source>
   <translation>Die Modelldatei „{0}“ ist leer; sie neu kopieren.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>The model file “{0}” is larger than 2 GB; that is more than this program loads.</source>
   <translation>Die Modelldatei „{0}“ ist größer als 2 GB; mehr lädt dieses Programm nicht.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” may not be read; check its permissions and its drive.</source>
   <translation>Die Modelldatei „{0}“ darf nicht gelesen werden; prüfen Sie ihre Rechte und ihr Laufwerk.</translation>
  </message>
  <message>
   <location filename="channels.py" />
   <source>The model has its channels first, and a layer “{0}” that cannot be turned; build it anew with the channels last, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>Das Modell hat seine Kanäle zuerst und eine Schicht „{0}“, die sich nicht umstellen lässt; bauen Sie es neu mit den Kanälen zuletzt, geben Sie ihm die Gewichte mit new.set_weights(old.get_weights()), und speichern Sie dieses.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The model has no layer “{0}” that its manifest names; export it again.</source>
   <translation>Das Modell hat keine Schicht „{0}“, die sein Manifest nennt; exportieren Sie es neu.</translation>
  </message>
  <message>
   <location filename="explain.py" />
   <source>The model has no layer “{0}” that its manifest names; export or import it again.</source>
   <translation>Das Modell hat keine Schicht „{0}“, die sein Manifest nennt; es neu exportieren oder importieren.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses the activation “{0}”, which is not one of Keras' own.</source>
   <translation>Das Modell verwendet die Aktivierung „{0}“, die nicht zu den eigenen von Keras gehört.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses “{0}”, which this program does not know; only Keras' own layers can be imported.</source>
   <translation>Das Modell verwendet „{0}“, was dieses Programm nicht kennt; nur die eigenen Schichten von Keras können importiert werden.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” came with the program and stays.</source>
   <translation>Das Modell „{0}“ kam mit dem Programm und bleibt.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model “{0}” cannot be prepared: the disk is full or the folder cannot be written.</source>
   <translation>Das Modell „{0}“ kann nicht vorbereitet werden: Der Datenträger ist voll oder der Ordner nicht beschreibbar.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” cannot be removed; close other programs that use it.</source>
   <translation>Das Modell „{0}“ kann nicht entfernt werden; andere Programme schließen, die es benutzen.</translation>
  </message>
  <message>
   <location filename="bundle_outputs.py" />
   <source>The model “{0}” cannot be taught: it has no reference of what it knows.</source>
   <translation>Das Modell „{0}“ kann nicht angelernt werden: Es hat keine Referenz dessen, was es kennt.</translation>
  </message>
  <message>
   <location filename="at_worker.py" />
   <source>The model “{0}” did not arrive whole at a worker; try again.</source>
   <translation>Das Modell „{0}“ ist nicht unversehrt bei einem Worker angekommen; versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The model “{0}” does not tell leukemic from healthy cells as it is fed ({1}). Import it fed in another way, with labeled cells to try it on; or write the reason why it is to judge all the same (leukoscope models activate {2} --reason …).</source>
   <translation>Das Modell „{0}“ unterscheidet so, wie es gespeist wird ({1}), leukämische nicht von gesunden Zellen. Importieren Sie es anders gespeist, mit benannten Zellen zum Erproben; oder schreiben Sie den Grund, warum es trotzdem urteilen soll (leukoscope models activate {2} --reason …).</translation>
  </message>
  <message>
   <location filename="runner.py" />
   <source>The model “{0}” gave no number for a cell; verify its files.</source>
   <translation>Das Modell „{0}“ gab für eine Zelle keine Zahl; seine Dateien prüfen.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The model “{0}” has no readable {1}; install it again.</source>
   <translation>Das Modell „{0}“ hat kein lesbares {1}; es neu installieren.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it is damaged.</source>
   <translation>Das Modell „{0}“ darin ist beschädigt.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it may not be used: {1} Ask who wrote the backup.</source>
   <translation>Das Modell „{0}“ darin darf nicht benutzt werden: {1} Fragen, wer die Sicherung geschrieben hat.</translation>
  </message>
  <message>
   <location filename="model_panel.py" />
   <source>The model “{0}” is not among the chosen ones; choose it on the Models page.</source>
   <translation>Das Modell „{0}“ ist nicht unter den gewählten; wählen Sie es auf der Seite Modelle.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not as it was imported; remove it, then import or receive it again.</source>
   <translation>Das Modell „{0}“ ist nicht, wie es importiert wurde; es entfernen, dann noch einmal importieren oder empfangen.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not whole: {1} Remove it, then import or receive it again.</source>
   <translation>Das Modell „{0}“ ist nicht ganz: {1} Es entfernen, dann noch einmal importieren oder empfangen.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” of this backup does not come back: another one of that name is here, and stays. Remove that one first if you want the other.</source>
   <translation>Das Modell „{0}“ dieser Sicherung kommt nicht zurück: ein anderes dieses Namens ist hier und bleibt. Dieses zuerst entfernen, um das andere zu bekommen.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The model “{0}” uses “{1}”, which cannot be compiled here; build the network anew of other layers, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>Das Modell „{0}“ benutzt „{1}“, was hier nicht kompiliert werden kann; bauen Sie das Netz aus anderen Schichten neu, geben Sie ihm die Gewichte mit new.set_weights(old.get_weights()), und speichern Sie dieses.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” was changed or cannot be read while it was copied; try again.</source>
   <translation>Das Modell „{0}“ wurde geändert oder kann nicht gelesen werden, während es kopiert wurde; noch einmal versuchen.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model's {0} uses Keras 2's hard sigmoid, which newer Keras computes in another way. Train it with recurrent_activation=“sigmoid”.</source>
   <translation>{0} im Modell verwendet die Hard-Sigmoid-Funktion von Keras 2, die neueres Keras anders berechnet. Trainieren Sie es mit recurrent_activation=“sigmoid”.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models agree more than usual: check which models and which site profile judge.</source>
   <translation>Die Modelle stimmen mehr als üblich überein: prüfen, welche Modelle und welches Laborprofil beurteilen.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The models cannot be prepared: the disk is full or the cache folder cannot be written.</source>
   <translation>Die Modelle können nicht vorbereitet werden: Der Datenträger ist voll oder der Zwischenspeicher nicht beschreibbar.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The models could not be started. Start the program again; if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>Die Modelle konnten nicht gestartet werden. Starten Sie das Programm neu; hilft das nicht, installieren Sie es neu und senden Sie den Fehlerbericht aus dem Hilfemenü an Ihren Support.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models disagree more than usual: look at focus and stain, or teach a site profile.</source>
   <translation>Die Modelle widersprechen sich mehr als üblich: Schärfe und Färbung ansehen, oder ein Laborprofil anlernen.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The models disagree.</source>
   <translation>Die Modelle sind uneins.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered with error {0}; close other programs that watch it, and look in its manual for the address of the video stream.</source>
   <translation>Die Netzwerkkamera antwortete mit Fehler {0}; schließen Sie andere Programme, die ihr zusehen, und suchen Sie in ihrer Anleitung die Adresse des Videostroms.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not let this computer in; allow it in the camera’s own settings, or use another name and password.</source>
   <translation>Die Netzwerkkamera hat geantwortet, lässt diesen Rechner aber nicht ein; erlauben Sie es in den Einstellungen der Kamera, oder nehmen Sie anderen Namen und anderes Passwort.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not take this name and password; check both in its address.</source>
   <translation>Die Netzwerkkamera hat geantwortet, nimmt aber Name und Passwort nicht an; prüfen Sie beide in ihrer Adresse.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but has nothing at this address; check what stands behind the computer’s name, for example /stream, in the camera’s manual.</source>
   <translation>Die Netzwerkkamera hat geantwortet, hat aber nichts an dieser Adresse; prüfen Sie in der Anleitung der Kamera, was hinter dem Rechnernamen steht, zum Beispiel /stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but its stream cannot be played; check the address in its manual, and set its stream to Motion JPEG or H.264.</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber ihr Strom kann nicht wiedergegeben werden; prüfen Sie die Adresse in ihrer Anleitung und stellen Sie den Strom auf Motion JPEG oder H.264.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but no encrypted line comes about; write http instead of https, or check the number behind the colon (the port).</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber eine verschlüsselte Verbindung kommt nicht zustande; schreiben Sie http statt https, oder prüfen Sie die Zahl hinter dem Doppelpunkt (den Port).</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but only sends on to other addresses and back; look in its manual for the address of the video stream.</source>
   <translation>Die Netzwerkkamera hat geantwortet, verweist aber nur auf andere Adressen und zurück; suchen Sie in ihrer Anleitung die Adresse des Videostroms.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but wants a name and password; write them into its address, as http://name:password@camera/stream.</source>
   <translation>Die Netzwerkkamera hat geantwortet, verlangt aber Namen und Passwort; schreiben Sie beide in ihre Adresse, als http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but what it sends holds no picture; set its stream to Motion JPEG or H.264 in its own settings.</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber was sie sendet, enthält kein Bild; stellen Sie ihren Strom in ihren Einstellungen auf Motion JPEG oder H.264.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page that asks to sign in; look in its manual for the address of the video stream, and write name and password into it, as http://name:password@camera/stream.</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber mit einer Webseite zum Anmelden; suchen Sie in ihrer Anleitung die Adresse des Videostroms und schreiben Sie Namen und Passwort hinein, als http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page, not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber mit einer Webseite statt mit Bildern; suchen Sie in ihrer Anleitung die Adresse des Videostroms, zum Beispiel /stream oder /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with data ({0}), not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>Die Netzwerkkamera hat geantwortet, aber mit Daten ({0}) statt mit Bildern; suchen Sie in ihrer Anleitung die Adresse des Videostroms, zum Beispiel /stream oder /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: at this address nothing takes the call; check the number behind the colon (the port), and that its video is switched on.</source>
   <translation>Die Netzwerkkamera antwortet nicht: An dieser Adresse nimmt nichts den Ruf an; prüfen Sie die Zahl hinter dem Doppelpunkt (den Port) und ob ihr Video eingeschaltet ist.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: its name is not known on this network; check the spelling, or write its number (IP address) instead.</source>
   <translation>Die Netzwerkkamera antwortet nicht: Ihr Name ist in diesem Netz nicht bekannt; prüfen Sie die Schreibweise, oder schreiben Sie stattdessen ihre Nummer (IP-Adresse).</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer; check that it is switched on and on this network, and the address given.</source>
   <translation>Die Netzwerkkamera antwortet nicht; prüfen Sie, ob sie eingeschaltet und in diesem Netz ist, und die angegebene Adresse.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera has stopped sending; check its cable and power. It is tried again by itself.</source>
   <translation>Die Netzwerkkamera sendet nicht mehr; prüfen Sie Kabel und Strom. Es wird von selbst erneut versucht.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends no pictures now; check its cable, and close other programs that watch it.</source>
   <translation>Die Netzwerkkamera sendet jetzt keine Bilder; prüfen Sie ihr Kabel und schließen Sie andere Programme, die ihr zusehen.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends the same picture again and again; switch it off and on again.</source>
   <translation>Die Netzwerkkamera sendet immer dasselbe Bild; schalten Sie sie aus und wieder ein.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera takes the call and then sends nothing; close other programs that watch it, or switch it off and on again.</source>
   <translation>Die Netzwerkkamera nimmt den Ruf an und sendet dann nichts; schließen Sie andere Programme, die ihr zusehen, oder schalten Sie sie aus und wieder ein.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera’s pictures arrive broken; check its cable or radio link, or choose smaller pictures in its own settings.</source>
   <translation>Die Bilder der Netzwerkkamera kommen beschädigt an; prüfen Sie Kabel oder Funkverbindung, oder wählen Sie in ihren Einstellungen kleinere Bilder.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera’s pictures could not be read; switch it off and on, and choose it again.</source>
   <translation>Die Bilder der Netzwerkkamera konnten nicht gelesen werden; schalten Sie sie aus und wieder ein und wählen Sie sie erneut.</translation>
  </message>
  <message>
   <location filename="rebuild.py" />
   <source>The network's layers cannot be joined as the file says; save it again with model.save('name.h5').</source>
   <translation>Die Schichten des Netzes lassen sich nicht so verbinden, wie die Datei es angibt; speichern Sie es noch einmal mit model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The number that is given up is not there (MRG-1).</source>
   <translation>Die aufgegebene Nummer fehlt (MRG-1).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no OBR segment; the message may be cut off.</source>
   <translation>Der Auftrag hat kein Segment OBR; vielleicht ist die Nachricht abgeschnitten.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no number (OBR-2, OBR-3, ORC-2, ORC-3 are empty).</source>
   <translation>Der Auftrag hat keine Nummer (OBR-2, OBR-3, ORC-2, ORC-3 sind leer).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order is new (ORC-1) and cancelled (ORC-5 {0}) at once.</source>
   <translation>Der Auftrag ist zugleich neu (ORC-1) und storniert (ORC-5 {0}).</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The order names no case; send the number of the case as its first identifier.</source>
   <translation>Der Auftrag nennt keinen Fall; senden Sie die Fallnummer als erste Kennung.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>The other system’s certificate is not trusted or names another computer; check both in the settings.</source>
   <translation>Dem Zertifikat des anderen Systems wird nicht vertraut, oder es nennt einen anderen Rechner; beides in den Einstellungen prüfen.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The outbox {0} cannot be opened; check the disk.</source>
   <translation>Der Postausgang {0} kann nicht geöffnet werden; den Datenträger prüfen.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The password of this account is the hospital directory’s; it is changed there.</source>
   <translation>Das Passwort dieses Kontos ist das des Verzeichnisses des Krankenhauses; es wird dort geändert.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The patients that are locked away stayed in the laboratory.</source>
   <translation>Die verschlossenen Patienten blieben im Labor.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The picture cannot be written; choose another kind of file.</source>
   <translation>Das Bild kann nicht geschrieben werden; eine andere Dateiart wählen.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>The picture has another size now, so the recording has ended.</source>
   <translation>Das Bild hat jetzt eine andere Größe, darum ist die Aufzeichnung beendet.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The picture is black; switch the lamp on, and open shutter and camera port.</source>
   <translation>Das Bild ist schwarz; die Lampe einschalten, Verschluss und Kameraausgang öffnen.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>The pictures of “{0}” have {1} megapixels, more than the {2} that can be opened; save it smaller.</source>
   <translation>Die Bilder von „{0}“ haben {1} Megapixel, mehr als die {2}, die geöffnet werden können; speichern Sie die Datei kleiner.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The preparing of a model ended unexpectedly. If other programs are open, close them to free memory; then start this one again.</source>
   <translation>Das Vorbereiten eines Modells endete unerwartet. Sind andere Programme offen, schließen Sie sie, um Speicher frei zu machen; dann starten Sie dieses neu.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The priority is not known; send routine, urgent, asap or stat.</source>
   <translation>Die Dringlichkeit ist nicht bekannt; senden Sie routine, urgent, asap oder stat.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The priority “{0}” is not known; write stat, urgent or routine.</source>
   <translation>Die Priorität „{0}“ ist nicht bekannt; schreiben Sie stat, urgent oder routine.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile was taught with all of these patients; take cells of others, or look at the locked part.</source>
   <translation>Das Profil wurde mit allen diesen Patienten angelernt; nehmen Sie Zellen von anderen, oder sehen Sie den gesperrten Teil an.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was compared with “{1}”, which speaks now: {2}; an administrator must write a reason to put it in force.</source>
   <translation>Das Profil „{0}“ wurde mit „{1}“ verglichen, das jetzt spricht: {2}; ein Administrator muss einen Grund schreiben, um es in Kraft zu setzen.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was not compared with “{1}”, which speaks now, on the locked patients; do that, or an administrator must write a reason to put it in force.</source>
   <translation>Das Profil „{0}“ wurde nicht mit „{1}“, das jetzt spricht, an den verschlossenen Patienten verglichen; tun Sie das, oder ein Administrator muss einen Grund schreiben, um es in Kraft zu setzen.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was proven {1}; an administrator must write a reason to put it in force.</source>
   <translation>Das Profil „{0}“ wurde nachgewiesen als {1}; ein Verwalter muss einen Grund schreiben, um es einzusetzen.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>Das Programm kann nicht sagen, was für eine Zelle das ist.</translation>
  </message>
  <message>
   <location filename="kept_image.py" />
   <source>The program ended several times while it judged this image; look at it in another program.</source>
   <translation>Das Programm endete mehrmals, während es dieses Bild beurteilte; sehen Sie es in einem anderen Programm an.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The reason cannot be kept: the disk is full or the models' folder cannot be written.</source>
   <translation>Der Grund kann nicht aufbewahrt werden: Der Datenträger ist voll, oder in den Ordner der Modelle kann nicht geschrieben werden.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The reason stays in the audit trail for good; write it without the patient’s name or numbers.</source>
   <translation>Der Grund bleibt für immer im Prüfprotokoll; schreiben Sie ihn ohne Namen und Nummern des Patienten.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The record that case {0} was erased was taken away behind the program’s back.</source>
   <translation>Der Vermerk, dass Fall {0} gelöscht wurde, ist am Programm vorbei entfernt worden.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The role of this account comes from the groups of the hospital’s directory; it is changed there.</source>
   <translation>Die Rolle dieses Kontos kommt aus den Gruppen im Verzeichnis des Krankenhauses; sie wird dort geändert.</translation>
  </message>
  <message>
   <location filename="marked_folder.py" />
   <source>The same image stands in another case, marked otherwise.</source>
   <translation>Dasselbe Bild steht in einem anderen Fall, anders markiert.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The scale is not known; calibrate the objective in the settings, then scan.</source>
   <translation>Der Maßstab ist nicht bekannt; kalibrieren Sie das Objektiv in den Einstellungen und scannen Sie dann.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The schema could not be checked: this user of the server may not make a schema beside it.</source>
   <translation>Das Schema konnte nicht geprüft werden: Dieser Benutzer des Servers darf daneben kein Schema anlegen.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups does not keep what is written; check its disk.</source>
   <translation>Der zweite Ort für Sicherungen behält nicht, was geschrieben wird; prüfen Sie seinen Datenträger.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups is not there; connect it, or choose another one in the settings.</source>
   <translation>Der zweite Ort für Sicherungen ist nicht da; verbinden Sie ihn, oder wählen Sie in den Einstellungen einen anderen.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The separators after MSH make no sense; ask who made the file.</source>
   <translation>Die Trennzeichen nach MSH ergeben keinen Sinn; fragen Sie, wer die Datei gemacht hat.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The server heeds no trigger of this database (session_replication_role is {0}).</source>
   <translation>Der Server beachtet keinen Trigger dieser Datenbank (session_replication_role ist {0}).</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>The server needs accounts, so that everybody who calls has a name: make them with “leukoscope people add”, then turn accounts on in the settings of the window, or with “leukoscope serve accounts”.</source>
   <translation>Der Server braucht Konten, damit jeder, der ihn aufruft, einen Namen hat: Legen Sie sie mit „leukoscope people add“ an und schalten Sie Konten in den Einstellungen des Fensters ein, oder mit „leukoscope serve accounts“.</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The settings cannot be read, and the cases are in a shared database whose address stands there; put settings.json back, or write the address into it again.</source>
   <translation>Die Einstellungen können nicht gelesen werden, und die Fälle sind in einer gemeinsamen Datenbank, deren Adresse dort steht; spielen Sie settings.json zurück, oder schreiben Sie die Adresse neu hinein.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings could not be saved; check the disk and the permissions of its folder.</source>
   <translation>Die Einstellungen konnten nicht gespeichert werden; prüfen Sie die Festplatte und die Rechte des Ordners.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and every setting has its default.</source>
   <translation>Die Einstellungen waren beschädigt; sie liegen als „{0}“ beiseite, und jede Einstellung hat ihren Vorgabewert.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and the last good ones are in force.</source>
   <translation>Die Einstellungen waren beschädigt; sie liegen als „{0}“ beiseite, und die letzten guten gelten.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The sex of the patient cannot be read; it stays empty. Write it on the case.</source>
   <translation>Das Geschlecht ist nicht lesbar und bleibt leer. Es in den Fall schreiben.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>The shared cases are no longer held by this workstation; nothing was changed. Try again.</source>
   <translation>Dieser Arbeitsplatz hält die gemeinsamen Fälle nicht mehr; nichts wurde geändert. Versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signature of entry {0} is not one of its key.</source>
   <translation>Die Signatur von Eintrag {0} stammt nicht von ihrem Schlüssel.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The signature of this site profile is not valid; export it again.</source>
   <translation>Die Signatur dieses Laborprofils ist nicht gültig; exportieren Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signed report of signature {0} of case {1} is missing, or not what was signed.</source>
   <translation>Der unterschriebene Befund zu Unterschrift {0} von Fall {1} fehlt oder ist nicht, was unterschrieben wurde.</translation>
  </message>
  <message>
   <location filename="kept_files.py" />
   <source>The site profile cannot be kept; check the disk and its permissions.</source>
   <translation>Das Laborprofil kann nicht gespeichert werden; prüfen Sie Datenträger und Rechte.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile in force, “{0}”, is gone or damaged; import it again, or retire it.</source>
   <translation>Das Laborprofil „{0}“, das in Kraft ist, fehlt oder ist beschädigt; importieren Sie es noch einmal, oder ziehen Sie es zurück.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>The site profile is gone; import it again.</source>
   <translation>Das Laborprofil ist nicht mehr da; importieren Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with models that are not installed here ({2}); pack them where they are, and bring them with leukoscope models receive FILE.</source>
   <translation>Das Laborprofil „{0}.{1}“ wurde mit Modellen angelernt, die hier nicht installiert sind ({2}); sie dort packen, wo sie sind, und mit leukoscope models receive FILE herbringen.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with the models {2}; choose these, or teach it anew.</source>
   <translation>Das Laborprofil „{0}.{1}“ wurde mit den Modellen {2} angelernt; wählen Sie diese, oder lernen Sie es neu an.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}” cannot be read; import it again.</source>
   <translation>Das Laborprofil „{0}“ kann nicht gelesen werden; importieren Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not answer; check its power and its cable, then scan again.</source>
   <translation>Der Tisch antwortet nicht; prüfen Sie seinen Strom und sein Kabel und scannen Sie dann neu.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not get where it is sent: it is at its end or blocked; choose fewer fields, or begin elsewhere.</source>
   <translation>Der Tisch kommt nicht dorthin, wohin er geschickt wird: Er ist am Anschlag oder blockiert; wählen Sie weniger Felder, oder beginnen Sie anderswo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stage moved: let it come to rest, or shorten the exposure, and take it again.</source>
   <translation>Der Tisch hat sich bewegt: lassen Sie ihn zur Ruhe kommen oder verkürzen Sie die Belichtung, und nehmen Sie das Bild neu auf.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The stain differs from the control slides' usual: check times, pH and age of the stain, and stain again.</source>
   <translation>Die Färbung weicht vom Üblichen der Kontrollobjektträger ab: Zeiten, pH und Alter der Farblösung prüfen, neu färben.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stain is weak: check the staining times.</source>
   <translation>Die Färbung ist schwach: Prüfen Sie die Färbezeiten.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The system’s keyring does not keep the key; leave it in the file.</source>
   <translation>Der Schlüsselbund des Systems behält den Schlüssel nicht; lassen Sie ihn in der Datei.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority answered with something else than a timestamp; check its address.</source>
   <translation>Die Zeitstempelstelle hat etwas anderes als einen Zeitstempel geschickt; prüfen Sie ihre Adresse.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority does not answer; it is asked again later.</source>
   <translation>Die Zeitstempelstelle antwortet nicht; sie wird später noch einmal gefragt.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority refused to stamp; ask its operator.</source>
   <translation>Die Zeitstempelstelle hat den Stempel verweigert; fragen Sie deren Betreiber.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp was not made by the authority whose certificate is set, or for something else.</source>
   <translation>Der Zeitstempel stammt nicht von der Stelle, deren Zertifikat eingestellt ist, oder gilt für etwas anderes.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The timestamps in “{0}” cannot be read; put the file back.</source>
   <translation>Die Zeitstempel in „{0}“ sind nicht lesbar; legen Sie die Datei wieder zurück.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; it must end at entry {1}.</source>
   <translation>Das Prüfprotokoll endet bei Eintrag {0}; es muss bei Eintrag {1} enden.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; this workstation remembers entry {1}.</source>
   <translation>Das Prüfprotokoll endet bei Eintrag {0}; dieser Arbeitsplatz kennt Eintrag {1}.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The trail has no entry {0} any more, of which {1} tells.</source>
   <translation>Das Protokoll hat Eintrag {0} nicht mehr, der hier genannt ist: {1}.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The trail up to entry {0} was there on {1}: stamped by {2} (number {3}); {4} timestamps.</source>
   <translation>Das Protokoll bis Eintrag {0} lag am {1} vor: gestempelt von {2} (Nummer {3}); {4} Zeitstempel.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file could not be played on; choose it again, or another one.</source>
   <translation>Die Videodatei konnte nicht weiter abgespielt werden; wählen Sie sie erneut oder eine andere.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file is read slowly; check that its drive is connected.</source>
   <translation>Die Videodatei wird langsam gelesen; prüfen Sie, ob ihr Laufwerk verbunden ist.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video is black here, as it was recorded.</source>
   <translation>Das Video ist hier schwarz, wie es aufgezeichnet wurde.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video shows the same picture again and again, as it was recorded.</source>
   <translation>Das Video zeigt immer dasselbe Bild, wie es aufgezeichnet wurde.</translation>
  </message>
  <message>
   <location filename="weights.py" />
   <source>The weights of the layer “{0}” do not fit the network that the file describes; save the whole model again with model.save('name.h5').</source>
   <translation>Die Gewichte der Schicht „{0}“ passen nicht zu dem Netz, das die Datei beschreibt; speichern Sie das ganze Modell noch einmal mit model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="archive.py" />
   <source>The weights of the model file have names that this program does not know; save the model again as .h5.</source>
   <translation>Die Gewichte der Modelldatei haben Namen, die dieses Programm nicht kennt; speichern Sie das Modell noch einmal als .h5.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The white balance drifted: set it on empty glass (Capture, Set white).</source>
   <translation>Der Weißabgleich ist abgewandert: auf leerem Glas neu setzen (Aufnahme, Weiß setzen).</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>The worklist is being asked already; wait until it has answered.</source>
   <translation>Die Arbeitsliste wird schon abgefragt; warten Sie, bis sie geantwortet hat.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is missing from the database.</source>
   <translation>{0} fehlt in der Datenbank.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is not as LeukoScope made it.</source>
   <translation>{0} ist nicht so, wie LeukoScope es angelegt hat.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} was planted in the database; LeukoScope makes none of this name.</source>
   <translation>{0} wurde in die Datenbank eingeschleust; LeukoScope legt nichts dieses Namens an.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>There is a cell at this place already.</source>
   <translation>An dieser Stelle ist schon eine Zelle.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>There is a model named “{0}” already; choose another name or remove it first.</source>
   <translation>Ein Modell namens „{0}“ gibt es schon; einen anderen Namen wählen oder es zuerst entfernen.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>There is a model named “{0}” already; remove it first.</source>
   <translation>Es gibt schon ein Modell namens „{0}“; entfernen Sie es zuerst.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>There is an account of this name already; choose another.</source>
   <translation>Ein Konto dieses Namens gibt es schon; einen anderen wählen.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is another site profile “{0}” already; give the new one another name.</source>
   <translation>Es gibt schon ein anderes Laborprofil „{0}“; geben Sie dem neuen einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>There is no FHIR server at this address; check it in the settings.</source>
   <translation>Unter dieser Adresse ist kein FHIR-Server; prüfen Sie sie in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>There is no control run {0}; see the list for its number.</source>
   <translation>Es gibt keinen Kontrolllauf {0}; seine Nummer steht in der Liste.</translation>
  </message>
  <message>
   <location filename="backup_sources.py" />
   <source>There is no file “{0}”; look for the backup again.</source>
   <translation>Es gibt keine Datei „{0}“; suchen Sie die Sicherung erneut.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>There is no folder “{0}”; {1} and name that folder.</source>
   <translation>Es gibt keinen Ordner „{0}“; {1} und geben Sie diesen Ordner an.</translation>
  </message>
  <message>
   <location filename="overview.py" />
   <source>There is no labeled cell here; name cells in a case and review it, or choose a folder.</source>
   <translation>Hier ist keine benannte Zelle; benennen Sie Zellen in einem Fall und prüfen Sie ihn, oder wählen Sie einen Ordner.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>There is no message between the marks.</source>
   <translation>Zwischen den Marken steht keine Nachricht.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>There is no model named “{0}”; installed: {1}.</source>
   <translation>Ein Modell namens „{0}“ gibt es nicht; installiert sind: {1}.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>There is no re-read {0}; see the list for its number.</source>
   <translation>Es gibt kein Nachlesen {0}; die Nummer steht in der Liste.</translation>
  </message>
  <message>
   <location filename="temporary_files.py" />
   <source>There is no room for temporary files; free some space on the disk, then try again.</source>
   <translation>Für temporäre Dateien ist kein Platz; schaffen Sie Platz auf dem Datenträger und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>There is no room for this backup on the disk; free {0} MB, then try again.</source>
   <translation>Für diese Sicherung ist kein Platz auf dem Datenträger; machen Sie {0} MB frei und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="map_files.py" />
   <source>There is no room on the disk for the maps; free some space, then try again.</source>
   <translation>Für die Karten ist kein Platz auf dem Datenträger; Platz schaffen, dann erneut versuchen.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>There is no room on the disk, or your part of it is used up; free some space, then try again.</source>
   <translation>Auf dem Datenträger ist kein Platz mehr, oder Ihr Anteil daran ist aufgebraucht; schaffen Sie Platz, dann versuchen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is no site profile “{0}”; the page Quality and “leukoscope site list” show all.</source>
   <translation>Es gibt kein Laborprofil „{0}“; die Seite Qualität und „leukoscope site list“ zeigen alle.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>There is no such camera; “leukoscope cameras list” names those there are.</source>
   <translation>Diese Kamera gibt es nicht; „leukoscope cameras list“ nennt die vorhandenen.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>There is no token {0}; “leukoscope people tokens” lists them.</source>
   <translation>Den Zugangsschlüssel {0} gibt es nicht; „leukoscope people tokens“ nennt die vorhandenen.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>There is not enough memory for the models; close other programs, then start this one again.</source>
   <translation>Für die Modelle reicht der Speicher nicht; schließen Sie andere Programme und starten Sie dieses dann neu.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>There is not enough memory for this image; close other programs.</source>
   <translation>Für dieses Bild reicht der Arbeitsspeicher nicht; andere Programme schließen.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>There was not enough memory for what lies at {0} (pixels from left, top); judge the image again.</source>
   <translation>Für das, was bei {0} liegt (Pixel von links, von oben), reichte der Speicher nicht; lassen Sie das Bild noch einmal beurteilen.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>These cases are encrypted with another key; type the recovery key that was printed for them.</source>
   <translation>Diese Fälle sind mit einem anderen Schlüssel verschlüsselt; tippen Sie den Wiederherstellungsschlüssel, der für sie gedruckt wurde.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>These cases are in a shared database; its server encrypts them. docs/security.md says what it must do.</source>
   <translation>Diese Fälle sind in einer gemeinsamen Datenbank; ihr Server verschlüsselt sie. docs/security.md sagt, was er tun muss.</translation>
  </message>
  <message>
   <location filename="store_lock.py" />
   <source>These cases are open in a window or another command, here or on another workstation; close it, then try again.</source>
   <translation>Diese Fälle sind in einem Fenster oder anderen Befehl offen, hier oder an einem anderen Arbeitsplatz; schließen Sie es und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>These cases were saved by a newer version of LeukoScope; install that version to open them.</source>
   <translation>Diese Fälle hat eine neuere Version von LeukoScope gespeichert; diese Version installieren, um sie zu öffnen.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells are of two microscopes or cameras, or some were cut out and others not; make one folder, and one profile, for each.</source>
   <translation>Diese Zellen stammen von zwei Mikroskopen oder Kameras, oder einige wurden ausgeschnitten und andere nicht; legen Sie für jede Art einen Ordner und ein Profil an.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>These cells lie too far apart to be pieces of one; choose cells that nearly touch.</source>
   <translation>Diese Zellen liegen zu weit auseinander, um Teile einer einzigen zu sein; wählen Sie Zellen, die sich fast berühren.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>These cells teach nothing yet; needed are {0}.</source>
   <translation>Aus diesen Zellen lässt sich noch nichts lernen; benötigt werden {0}.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells were taken with two microscopes, “{0}” and “{1}”; make one profile for each: take the cells of one.</source>
   <translation>Diese Zellen wurden mit zwei Mikroskopen aufgenommen, „{0}“ und „{1}“; für jedes ein Profil anlegen: die Zellen von einem nehmen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>These columns are not known and were left out: {0}.</source>
   <translation>Diese Spalten sind nicht bekannt und wurden ausgelassen: {0}.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This account is closed or no longer there; choose another.</source>
   <translation>Dieses Konto ist geschlossen oder nicht mehr da; wählen Sie ein anderes.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account is no longer there; open the list again.</source>
   <translation>Dieses Konto gibt es nicht mehr; die Liste erneut öffnen.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account may no longer be used; ask an administrator.</source>
   <translation>Dieses Konto darf nicht mehr benutzt werden; einen Verwalter fragen.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup cannot be read; check the disk that it is on.</source>
   <translation>Diese Sicherung kann nicht gelesen werden; prüfen Sie den Datenträger, auf dem sie liegt.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup holds no case, and there are {0} now; choose another.</source>
   <translation>Diese Sicherung enthält keinen Fall, und jetzt gibt es {0}; wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="encrypted_file.py" />
   <source>This backup is damaged; choose another.</source>
   <translation>Diese Sicherung ist beschädigt; wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup is not as LeukoScope writes it ({0}); choose another.</source>
   <translation>Diese Sicherung ist nicht so, wie LeukoScope sie schreibt ({0}); wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup was not put back: {0} Choose another.</source>
   <translation>Diese Sicherung wurde nicht zurückgespielt: {0} Wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup would unpack to {0} MB, which no backup of this size holds; it is damaged or planted. Choose another.</source>
   <translation>Diese Sicherung würde entpackt {0} MB groß, was keine Sicherung dieser Größe enthält; sie ist beschädigt oder untergeschoben. Wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>This camera has no stage that can be moved from here; choose one of Micro-Manager whose stage has motors.</source>
   <translation>Diese Kamera hat keinen Tisch, der von hier bewegt werden kann; wählen Sie eine von Micro-Manager, deren Tisch Motoren hat.</translation>
  </message>
  <message>
   <location filename="hl7_building.py" />
   <source>This case cannot be written as HL7.</source>
   <translation>Dieser Fall kann nicht als HL7 geschrieben werden.</translation>
  </message>
  <message>
   <location filename="queue.py" />
   <source>This case has an image of these very bytes already; nothing counts twice. Send another image.</source>
   <translation>Dieser Fall hat schon ein Bild mit genau diesen Bytes; nichts zählt doppelt. Senden Sie ein anderes Bild.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being erased; choose another.</source>
   <translation>Dieser Fall wird gerade gelöscht; wählen Sie einen anderen.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being exported, sent, signed or judged; wait until that is done, then erase it.</source>
   <translation>Dieser Fall wird gerade exportiert, gesendet, unterschrieben oder beurteilt; warten Sie, bis das getan ist, dann löschen Sie ihn.</translation>
  </message>
  <message>
   <location filename="case_orders.py" />
   <source>This case is no longer in the list; open the list again.</source>
   <translation>Dieser Fall ist nicht mehr in der Liste; die Liste erneut öffnen.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is not signed; it can be changed as it is.</source>
   <translation>Dieser Fall ist nicht unterschrieben; er kann so geändert werden.</translation>
  </message>
  <message>
   <location filename="open_case_lock.py" />
   <source>This case is open at another workstation; close it there, then erase it.</source>
   <translation>Dieser Fall ist an einem anderen Arbeitsplatz offen; schließen Sie ihn dort, dann löschen Sie ihn.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed already.</source>
   <translation>Dieser Fall ist schon unterschrieben.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Dieser Fall ist unterschrieben; zum Ändern mit einem Grund berichtigen.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>This cell could not be compared; look whether its image is still there.</source>
   <translation>Diese Zelle konnte nicht verglichen werden; sehen Sie nach, ob ihr Bild noch da ist.</translation>
  </message>
  <message>
   <location filename="deciding.py" />
   <source>This cell is no longer in the case; open the case again.</source>
   <translation>Diese Zelle ist nicht mehr im Fall; den Fall erneut öffnen.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This cell is no longer there; begin another re-read.</source>
   <translation>Diese Zelle ist nicht mehr da; beginnen Sie ein neues Nachlesen.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>This cell was moved, divided or joined, and what it became counts: take that out first, or undo the change.</source>
   <translation>Diese Zelle wurde verschoben, geteilt oder verbunden, und was aus ihr wurde, zählt: nehmen Sie das zuerst heraus, oder machen Sie die Änderung rückgängig.</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>This copy of the cases is only looked at; export the end of the trail from the store.</source>
   <translation>Diese Kopie der Fälle wird nur angesehen; exportieren Sie das Ende des Protokolls aus der Falldatenbank selbst.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Das sieht nicht wie eine weiße Blutzelle aus.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>This entry of the DICOM worklist cannot be read; ask its administrator.</source>
   <translation>Dieser Eintrag der DICOM-Arbeitsliste ist nicht lesbar; fragen Sie ihren Administrator.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This file is no backup of LeukoScope; choose one that it made.</source>
   <translation>Diese Datei ist keine Sicherung von LeukoScope; wählen Sie eine, die es gemacht hat.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>This file is too large for a list of cases; choose another.</source>
   <translation>Diese Datei ist zu groß für eine Liste von Fällen; eine andere wählen.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>This file is too large for a list of orders.</source>
   <translation>Diese Datei ist zu groß für eine Auftragsliste.</translation>
  </message>
  <message>
   <location filename="batch_report.py" />
   <source>This image changed or has gone since it was judged; its cells stand in findings.json.</source>
   <translation>Dieses Bild wurde seit der Beurteilung geändert oder entfernt; seine Zellen stehen in findings.json.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>This image could not be analyzed; look at it in another program.</source>
   <translation>Dieses Bild konnte nicht ausgewertet werden; sehen Sie es in einem anderen Programm an.</translation>
  </message>
  <message>
   <location filename="deidentification.py" />
   <source>This image could not be read or judged.</source>
   <translation>Dieses Bild konnte nicht gelesen oder beurteilt werden.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>This image is no longer in the case; open the case again.</source>
   <translation>Dieses Bild ist nicht mehr im Fall; den Fall erneut öffnen.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>This image is not in the store; add it again.</source>
   <translation>Dieses Bild ist nicht gespeichert; es erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This image is not judged yet; its cells are in no count.</source>
   <translation>Dieses Bild ist noch nicht beurteilt; seine Zellen sind in keiner Zählung.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>This image is one cell that was cut out already; draw cells on fields.</source>
   <translation>Dieses Bild ist eine schon ausgeschnittene Zelle; Zellen auf Feldern einzeichnen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a PDF; choose a list as CSV or HL7.</source>
   <translation>Das ist ein PDF; wählen Sie eine Liste als CSV oder HL7.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>This is a cell that was cut out; a control slide is measured on whole fields.</source>
   <translation>Das ist eine ausgeschnittene Zelle; ein Kontrollobjektträger wird an ganzen Feldern gemessen.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>This is a message of a test (MSH-11); nothing of it is taken. Send P in MSH-11.</source>
   <translation>Das ist eine Testnachricht (MSH-11); nichts davon wird übernommen. Senden Sie P in MSH-11.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a workbook (Excel, LibreOffice); save it as CSV and choose that file.</source>
   <translation>Das ist eine Arbeitsmappe (Excel, LibreOffice); speichern Sie sie als CSV und wählen Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4.</source>
   <translation>Das ist kein ServiceRequest nach FHIR R4.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4: {0}.</source>
   <translation>Das ist kein ServiceRequest nach FHIR R4: {0}.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>This is no address of a camera; write it as http://camera:81/stream or rtsp://camera:554/stream.</source>
   <translation>Das ist keine Adresse einer Kamera; schreiben Sie sie als http://camera:81/stream oder rtsp://camera:554/stream.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This is no case number; scan or type it again.</source>
   <translation>Das ist keine Fallnummer; scannen oder tippen Sie sie noch einmal.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>This is no file of the image store.</source>
   <translation>Das ist keine Datei des Bildspeichers.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This is no list of HL7 orders; choose another file.</source>
   <translation>Das ist keine Liste von HL7-Aufträgen; wählen Sie eine andere Datei.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>This is no recovery key; type all its groups as they were printed.</source>
   <translation>Das ist kein Wiederherstellungsschlüssel; tippen Sie alle Gruppen so, wie sie gedruckt wurden.</translation>
  </message>
  <message>
   <location filename="programs.py" />
   <source>This is the light edition; install the full LeukoScope to prepare or import models.</source>
   <translation>Dies ist die leichte Ausgabe; das volle LeukoScope installieren, um Modelle vorzubereiten oder zu importieren.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>This is the same image as “{0}”, and is counted once.</source>
   <translation>Dies ist dasselbe Bild wie „{0}“ und wird einmal gezählt.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>This line is no HL7 segment and belongs to no message.</source>
   <translation>Diese Zeile ist kein HL7-Segment und gehört zu keiner Nachricht.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This line may belong to the open quote in line {0}.</source>
   <translation>Diese Zeile gehört vielleicht zum offenen Anführungszeichen in Zeile {0}.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>This message breaks the rules of HL7; ask who made it.</source>
   <translation>Diese Nachricht verletzt die Regeln von HL7; fragen Sie, wer sie erzeugt hat.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This message breaks the rules of HL7; ask who made the file.</source>
   <translation>Diese Nachricht verletzt die Regeln von HL7; fragen Sie, wer die Datei gemacht hat.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>This name is too long; write at most {0} characters.</source>
   <translation>Dieser Name ist zu lang; schreiben Sie höchstens {0} Zeichen.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This number stands in line {0} already; a list names each case once.</source>
   <translation>Diese Nummer steht schon in Zeile {0}; eine Liste nennt jeden Fall einmal.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>This picture could not be analyzed.</source>
   <translation>Dieses Bild konnte nicht analysiert werden.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This re-read is another person’s; join it to read the same cells.</source>
   <translation>Dieses Nachlesen gehört einer anderen Person; schließen Sie sich an, um dieselben Zellen zu lesen.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region has {0} mm², more than the {1} that are taken at once; choose a smaller one.</source>
   <translation>Dieser Bereich hat {0} mm², mehr als die {1}, die auf einmal übernommen werden; wählen Sie einen kleineren.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region lies beside the picture of “{0}”; choose one on it.</source>
   <translation>Dieser Bereich liegt neben dem Bild von „{0}“; wählen Sie einen darauf.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is damaged or was changed by hand; export it again where it was made.</source>
   <translation>Dieses Laborprofil ist beschädigt oder wurde von Hand geändert; exportieren Sie es noch einmal dort, wo es entstanden ist.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is of a later version of the program; update this one.</source>
   <translation>Dieses Laborprofil stammt von einer neueren Version des Programms; aktualisieren Sie dieses Programm.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token has expired; ask an administrator for another.</source>
   <translation>Dieser Zugangsschlüssel ist abgelaufen; bitten Sie einen Verwalter um einen anderen.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This token is not known here; ask an administrator for another.</source>
   <translation>Dieser Zugangsschlüssel ist hier nicht bekannt; bitten Sie einen Verwalter um einen anderen.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token was revoked; ask an administrator for another.</source>
   <translation>Dieser Zugangsschlüssel wurde widerrufen; bitten Sie einen Verwalter um einen anderen.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>This workstation stood still in the middle of saving and lost its turn; nothing was saved. Do it again.</source>
   <translation>Dieser Arbeitsplatz stand mitten im Speichern still und verlor seinen Platz; nichts wurde gespeichert. Machen Sie es noch einmal.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>Zu dunkel: Erhöhen Sie Lampe oder Belichtungszeit und nehmen Sie es neu auf.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too little light: clean the lens, or raise lamp or exposure.</source>
   <translation>Zu wenig Licht: Linse reinigen, oder Lampe oder Belichtung erhöhen.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>Too many messages wait for a person; others that are to be refused are not kept until some are dismissed under “Show messages”.</source>
   <translation>Zu viele Nachrichten warten auf eine Person; weitere, die abzulehnen sind, werden erst aufbewahrt, wenn einige unter „Nachrichten zeigen“ erledigt sind.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Too many wrong passwords; try again in 15 min, or ask an administrator.</source>
   <translation>Zu viele falsche Passwörter; in 15 min erneut versuchen oder einen Verwalter fragen.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Too many wrong passwords; try again in {0} min, or ask an administrator.</source>
   <translation>Zu viele falsche Passwörter; in {0} min erneut versuchen oder einen Verwalter fragen.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too much light: lower lamp or exposure.</source>
   <translation>Zu viel Licht: Lampe oder Belichtung verringern.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Tried on {0}. The cells that chose it flatter it.</source>
   <translation>Erprobt an {0}. Die Zellen, die es ausgewählt haben, schmeicheln ihm.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Two workers were lost while they judged this image; look at it in another program.</source>
   <translation>Zwei Worker gingen verloren, während sie dieses Bild auswerteten; sehen Sie es sich in einem anderen Programm an.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>Waiting image {0} of case {1} is said to be judged, and no program has begun with it.</source>
   <translation>Das wartende Bild {0} von Fall {1} gilt als in Beurteilung, doch kein Programm hat damit begonnen.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>What answers at this address is no FHIR server; check it in the settings.</source>
   <translation>Was unter dieser Adresse antwortet, ist kein FHIR-Server; prüfen Sie sie in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>What is left of entries that entry {0} erased was changed.</source>
   <translation>Was von Einträgen übrig ist, die Eintrag {0} gelöscht hat, wurde geändert.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.</source>
   <translation>Was das Kliniksystem antwortet, ist keine HL7-Bestätigung; prüfen Sie den Port in den Einstellungen.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>What was learned of some patients says nothing of the others: the labels seem to be mixed up; check that every cell lies in the folder of its class and its patient.</source>
   <translation>Was von einigen Patienten gelernt wurde, sagt nichts über die anderen: Die Kennzeichnungen scheinen vertauscht zu sein; prüfen Sie, ob jede Zelle im Ordner ihrer Klasse und ihres Patienten liegt.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>What was taught cannot be kept; check the disk and its permissions.</source>
   <translation>Das Angelernte kann nicht gespeichert werden; prüfen Sie Datenträger und Rechte.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>What was to be sent can no longer be read from the disk; send the case again.</source>
   <translation>Was gesendet werden sollte, ist auf dem Datenträger nicht mehr lesbar; senden Sie den Fall erneut.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>Which site profile is in force cannot be read; activate one, or retire it ({0}).</source>
   <translation>Welches Laborprofil in Kraft ist, kann nicht gelesen werden; setzen Sie eines in Kraft, oder ziehen Sie es zurück ({0}).</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>While the program ran, audit-head.json was taken away, or put back from an older copy.</source>
   <translation>Während das Programm lief, wurde audit-head.json entfernt oder durch eine ältere Kopie ersetzt.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>While this workstation was away, a backup took the place of the shared cases; nothing was saved. Close the program and open it again.</source>
   <translation>Während dieser Arbeitsplatz weg war, trat eine Sicherung an die Stelle der gemeinsamen Fälle; nichts wurde gespeichert. Schließen Sie das Programm und öffnen Sie es wieder.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>Windows lets no program use a camera; switch on “Let desktop apps access your camera” in Settings, Privacy &amp; security, Camera.</source>
   <translation>Windows lässt kein Programm an eine Kamera; schalten Sie unter Einstellungen, Datenschutz und Sicherheit, Kamera „Desktop-Apps den Zugriff auf Ihre Kamera erlauben“ ein.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write an administrator’s name and password first.</source>
   <translation>Schreiben Sie zuerst Namen und Passwort eines Verwalters.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write below which name people and groups are, for example dc=hospital,dc=example.</source>
   <translation>Schreiben Sie, unter welchem Namen Personen und Gruppen stehen, zum Beispiel dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write groups in full, as in cn=reviewers,ou=groups,dc=hospital,dc=example.</source>
   <translation>Schreiben Sie Gruppen vollständig, wie cn=reviewers,ou=groups,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Write the address of the FHIR server as https://server/base, without a name or password.</source>
   <translation>Schreiben Sie die Adresse des FHIR-Servers als https://server/pfad, ohne Namen und Passwort.</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>Write the address of the worklist first, for example WORKLIST@ris.hospital:2762.</source>
   <translation>Tragen Sie zuerst die Adresse der Arbeitsliste ein, zum Beispiel WORKLIST@ris.hospital:2762.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write the directory’s address as ldaps://computer, or ldap://computer for StartTLS; plain:// goes in the clear.</source>
   <translation>Schreiben Sie die Adresse des Verzeichnisses als ldaps://computer, oder ldap://computer für StartTLS; plain:// geht im Klartext.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write the directory’s address first.</source>
   <translation>Schreiben Sie zuerst die Adresse des Verzeichnisses.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Write the end of the trail as the report prints it: 57-9f86d081884c7d65.</source>
   <translation>Schreiben Sie das Ende des Protokolls so, wie der Bericht es druckt: 57-9f86d081884c7d65.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Write the month with year and number: 2026-11.</source>
   <translation>Schreiben Sie den Monat mit Jahr und Zahl: 2026-11.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Write the name with which this person signs in at the hospital’s directory.</source>
   <translation>Schreiben Sie den Namen, mit dem sich diese Person am Verzeichnis des Krankenhauses anmeldet.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where DICOM files go as TITLE@computer:port, for example ARCHIVE@pacs:104.</source>
   <translation>Schreiben Sie das Ziel der DICOM-Dateien als TITEL@Rechner:Port, zum Beispiel ARCHIVE@pacs:104.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where HL7 messages go as computer:port, for example lis.hospital:2575.</source>
   <translation>Schreiben Sie das Ziel der HL7-Nachrichten als Rechner:Port, zum Beispiel lis.hospital:2575.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where to listen as address:port, for example 127.0.0.1:2575, or tls://0.0.0.0:2575.</source>
   <translation>Schreiben Sie als Adresse:Port, wo gelauscht werden soll, zum Beispiel 127.0.0.1:2575 oder tls://0.0.0.0:2575.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Write why nothing more is to be done about this message.</source>
   <translation>Schreiben Sie, warum für diese Nachricht nichts mehr zu tun ist.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name first; it stands beside what you decide.</source>
   <translation>Schreiben Sie zuerst Ihren Namen; er steht neben dem, was Sie entscheiden.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Write your name; a signature needs one.</source>
   <translation>Den eigenen Namen schreiben; eine Unterschrift braucht ihn.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name; it stands beside what you decide.</source>
   <translation>Schreiben Sie Ihren Namen; er steht neben dem, was Sie entscheiden.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write {} once where the name belongs, as in uid={},ou=people,dc=hospital,dc=example.</source>
   <translation>Schreiben Sie {} einmal dorthin, wo der Name stehen soll, wie in uid={},ou=people,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>You decided cells of this case yourself; somebody else must sign it.</source>
   <translation>Zellen dieses Falls wurden von Ihnen selbst bestimmt; jemand anderes muss ihn unterschreiben.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>You have read these cells already; another person can read them.</source>
   <translation>Sie haben diese Zellen schon gelesen; eine andere Person kann sie lesen.</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Sie wurden abgemeldet; melden Sie sich wieder an.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory has expired; ask the help desk.</source>
   <translation>Ihr Konto im Verzeichnis des Krankenhauses ist abgelaufen; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Your account of the hospital’s directory is closed or no longer there; ask the help desk.</source>
   <translation>Ihr Konto im Verzeichnis des Krankenhauses ist geschlossen oder nicht mehr da; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory is closed; ask the help desk.</source>
   <translation>Ihr Konto im Verzeichnis des Krankenhauses ist geschlossen; fragen Sie den Helpdesk.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory has expired; change it at a hospital computer, then sign in.</source>
   <translation>Ihr Passwort im Verzeichnis des Krankenhauses ist abgelaufen; ändern Sie es an einem Computer des Krankenhauses, dann melden Sie sich an.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory must be changed first; do that at a hospital computer.</source>
   <translation>Ihr Passwort im Verzeichnis des Krankenhauses muss zuerst geändert werden; tun Sie das an einem Computer des Krankenhauses.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} In all, {1} of the {2} cells could not be judged; look at them yourself.</source>
   <translation>{0} Insgesamt konnten {1} der {2} Zellen nicht beurteilt werden; sehen Sie sie selbst an.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} See its chart.</source>
   <translation>{0} hat eine Regel der täglichen Kontrolle verletzt ({1}): {2} Siehe die Karte.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} Then measure the control slide again, or let a reviewer leave the run out with a reason.</source>
   <translation>{0} hat eine Regel der täglichen Kontrolle verletzt ({1}): {2} Danach das Kontrollpräparat neu vermessen, oder den Lauf von einem Prüfer mit Begründung auslassen lassen.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>{0} cases have the number “{1}”; give each its own first.</source>
   <translation>{0} Fälle haben die Nummer „{1}“; geben Sie zuerst jedem eine eigene.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>{0} files are in the clear; leukoscope encryption on encrypts them.</source>
   <translation>{0} Dateien sind unverschlüsselt; leukoscope encryption on verschlüsselt sie.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>{0} has commented on this cell meanwhile; yours was “{1}”.</source>
   <translation>{0} hat diese Zelle inzwischen kommentiert; der eigene Kommentar war „{1}“.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has labeled this cell {1} meanwhile.</source>
   <translation>{0} hat diese Zelle inzwischen als {1} bestimmt.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has taken the label of this cell back meanwhile.</source>
   <translation>{0} hat die Bestimmung dieser Zelle inzwischen zurückgenommen.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} images of previews, deleted files or earlier results in “{1}” are left out.</source>
   <translation>{0} Bilder von Vorschauen, gelöschten Dateien oder früheren Ergebnissen in „{1}“ werden ausgelassen.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case are not judged yet; wait for them, or remove them.</source>
   <translation>{0} Bilder dieses Falls sind noch nicht beurteilt; warten Sie darauf oder entfernen Sie sie.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case could not be judged; judge again, remove, or sign without them.</source>
   <translation>{0} Bilder dieses Falls konnten nicht beurteilt werden; beurteilen Sie sie erneut, entfernen Sie sie, oder unterschreiben Sie ohne sie.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of an end of the trail that nobody signed.</source>
   <translation>{0} gehört zu einem Ende des Protokolls, das niemand signiert hat.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of before a backup was put back.</source>
   <translation>{0} stammt aus der Zeit vor dem Zurückspielen einer Sicherung.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>{0} leukemic and {1} healthy cells were found in “{2}”; at least {3} of each side are needed. For this, {4}.</source>
   <translation>{0} leukämische und {1} gesunde Zellen wurden in „{2}“ gefunden; mindestens {3} je Seite sind nötig. Dafür gilt: {4}.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>{0} missing or damaged: SHA-256 {1}{2}.</source>
   <translation>{0} fehlt oder ist beschädigt: SHA-256 {1}{2}.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>{0} more pictures were left out.</source>
   <translation>{0} weitere Bilder wurden ausgelassen.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>{0} of at least {1} fields could be measured; take more of the slide.</source>
   <translation>{0} von mindestens {1} Feldern ließen sich messen; nehmen Sie mehr vom Objektträger auf.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} of the {1} cells could not be judged; look at them yourself.</source>
   <translation>{0} der {1} Zellen konnten nicht beurteilt werden; sehen Sie sie selbst an.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>{0} rows of “{1}” belong to none of “{2}” ({3}); they were put there, or what they belong to was taken away, behind the program’s back.</source>
   <translation>{0} Zeilen von „{1}“ gehören zu keiner von „{2}“ ({3}); sie wurden am Programm vorbei eingefügt, oder das, wozu sie gehören, wurde entfernt.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} smaller copies, labels or masks in “{1}” are left out.</source>
   <translation>{0} kleinere Kopien, Etiketten oder Masken in „{1}“ werden ausgelassen.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} unsure cells wait for you; label them, then sign.</source>
   <translation>{0} unsichere Zellen warten; sie bestimmen, dann unterschreiben.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was added behind the program’s back; the trail does not know it.</source>
   <translation>{0} wurde am Programm vorbei hinzugefügt; das Protokoll kennt es nicht.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back ({1}); entry {2} says otherwise.</source>
   <translation>{0} wurde am Programm vorbei geändert ({1}); Eintrag {2} sagt es anders.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back between entries {1} and {2}.</source>
   <translation>{0} wurde zwischen den Einträgen {1} und {2} am Programm vorbei geändert.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back; entry {1} says otherwise.</source>
   <translation>{0} wurde am Programm vorbei geändert; Eintrag {1} sagt es anders.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was taken away behind the program’s back; entry {1} tells of it.</source>
   <translation>{0} wurde am Programm vorbei entfernt; Eintrag {1} nennt es.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” calls TensorFlow's “{1}”, which this program does not rebuild; type {2} in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ ruft „{1}“ von TensorFlow auf, was dieses Programm nicht nachbaut; geben Sie im Notebook, aus dem es stammt, {2} ein und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>“{0}” can no longer be read; add it again.</source>
   <translation>„{0}“ kann nicht mehr gelesen werden; erneut hinzufügen.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” can no longer be read; check that its drive is connected, then open it again.</source>
   <translation>„{0}“ kann nicht mehr gelesen werden; prüfen Sie, ob sein Laufwerk verbunden ist, und öffnen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>“{0}” cannot be a model's name; use small letters, digits, dots and dashes.</source>
   <translation>„{0}“ kann kein Name eines Modells sein; Kleinbuchstaben, Ziffern, Punkte und Striche nehmen.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” cannot be opened; close other programs that use it, and check that you may use cameras.</source>
   <translation>„{0}“ kann nicht geöffnet werden; andere Programme schließen, die sie benutzen, und prüfen, ob Kameras erlaubt sind.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” cannot be opened; switch the microscope on and close Micro-Manager.</source>
   <translation>„{0}“ kann nicht geöffnet werden; das Mikroskop einschalten und Micro-Manager schließen.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be played; choose a video file, for example MP4 or AVI.</source>
   <translation>„{0}“ kann nicht abgespielt werden; eine Videodatei wählen, zum Beispiel MP4 oder AVI.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” cannot be put together: its weights are not those of its network, or its Keras is newer than this program's. Type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ lässt sich nicht zusammensetzen: Seine Gewichte sind nicht die seines Netzes, oder sein Keras ist neuer als das dieses Programms. Geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” cannot be read, or the disk is full; nothing was installed.</source>
   <translation>„{0}“ kann nicht gelesen werden, oder die Platte ist voll; nichts wurde installiert.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” cannot be read: it is damaged, or uses an operation that this program has no rule for; copy it again, or build the model of Keras' own layers and save that.</source>
   <translation>„{0}“ kann nicht gelesen werden: Es ist beschädigt oder nutzt eine Operation, für die dieses Programm keine Regel hat; kopieren Sie es erneut, oder bauen Sie das Modell aus Keras’ eigenen Schichten und speichern Sie dieses.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be read; check its name and its drive.</source>
   <translation>„{0}“ kann nicht gelesen werden; prüfen Sie Namen und Laufwerk.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” cannot be read; check that its drive is connected and copy it again.</source>
   <translation>„{0}“ kann nicht gelesen werden; prüfen, ob das Laufwerk verbunden ist, und neu kopieren.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be read; check that its drive is connected and that you may read it.</source>
   <translation>„{0}“ kann nicht gelesen werden; prüfen Sie, ob das Laufwerk verbunden ist und ob Sie die Datei lesen dürfen.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be written; check the disk.</source>
   <translation>„{0}“ kann nicht geschrieben werden; prüfen Sie den Datenträger.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” cannot be written; choose another folder.</source>
   <translation>„{0}“ kann nicht geschrieben werden; einen anderen Ordner wählen.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” cannot be written; choose another place for the token.</source>
   <translation>„{0}“ kann nicht geschrieben werden; wählen Sie einen anderen Ort für den Zugangsschlüssel.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” cannot be written; connect the drive it is on, or choose another place.</source>
   <translation>„{0}“ kann nicht geschrieben werden; verbinden Sie das Laufwerk, auf dem es liegt, oder wählen Sie einen anderen Ort.</translation>
  </message>
  <message>
   <location filename="dicom_base.py" />
   <source>“{0}” cannot be written; free some space or choose another folder.</source>
   <translation>„{0}“ kann nicht geschrieben werden; Platz schaffen oder einen anderen Ordner wählen.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” changes when the weights are shuffled (correlation {1}), as it must.</source>
   <translation>„{0}“ ändert sich, wenn die Gewichte vertauscht werden (Korrelation {1}), wie es sein muss.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” claims {1} megapixels and holds next to nothing; save it again in the program it comes from.</source>
   <translation>„{0}“ gibt sich für {1} Megapixel aus und enthält so gut wie nichts; speichern Sie es in dem Programm, aus dem es kommt, noch einmal.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” contains {1}, which can run code; type {2} in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ enthält {1}, was Code ausführen kann; geben Sie im Notebook, aus dem es stammt, {2} ein und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” could not be tried by taking pixels away: the answer hardly depends on the cell.</source>
   <translation>„{0}“ konnte nicht durch Wegnehmen von Pixeln erprobt werden: Die Antwort hängt kaum von der Zelle ab.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” describes a network that is nested too deep; it is refused.</source>
   <translation>„{0}“ beschreibt ein zu tief verschachteltes Netz; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes a network that is too large; it is refused.</source>
   <translation>„{0}“ beschreibt ein zu großes Netz; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="two_files.py" />
   <source>“{0}” describes a network without its weights; put them beside it as “{1}.weights.h5”, then import it again.</source>
   <translation>„{0}“ beschreibt ein Netz ohne seine Gewichte; legen Sie diese als „{1}.weights.h5“ daneben, und importieren Sie es erneut.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes no network; save the whole model with model.save().</source>
   <translation>„{0}“ beschreibt kein Netz; speichern Sie das ganze Modell mit model.save().</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>„{0}“ gibt es nicht; den Namen prüfen und ob das Laufwerk verbunden ist.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>“{0}” does not state its scale; say which objective it was scanned with first.</source>
   <translation>„{0}“ nennt seinen Maßstab nicht; sagen Sie zuerst, mit welchem Objektiv es gescannt wurde.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures made by “{1}”, which may be more than 1 or less than 0; probabilities or logits are needed. Give its last layer the activation “sigmoid” or “softmax”, and train that.</source>
   <translation>„{0}“ endet in Zahlen aus „{1}“, die über 1 oder unter 0 liegen können; nötig sind Wahrscheinlichkeiten oder Logits. Geben Sie der letzten Schicht die Aktivierung „sigmoid“ oder „softmax“, und trainieren Sie dieses Modell.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures of {1} for each cell; one figure for each class is needed. Put GlobalAveragePooling2D and Dense(1, activation=“sigmoid”) at its end, and train that.</source>
   <translation>„{0}“ endet je Zelle in Zahlen von {1}; nötig ist eine Zahl je Klasse. Setzen Sie GlobalAveragePooling2D und Dense(1, activation=„sigmoid“) an das Ende, und trainieren Sie dieses Modell.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” follows no model that is installed; choose which models judge instead.</source>
   <translation>„{0}“ folgt auf kein installiertes Modell; stattdessen wählen, welche Modelle beurteilen.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” gives one figure for each cell, which tells two classes apart: name healthy,leukemic or leukemic,healthy.</source>
   <translation>„{0}“ gibt je Zelle eine Zahl, die zwei Klassen unterscheidet: Nennen Sie healthy,leukemic oder leukemic,healthy.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” has more than {1} pages; save those that show cells as images of their own.</source>
   <translation>„{0}“ hat mehr als {1} Seiten; speichern Sie die, auf denen Zellen sind, als eigene Bilder.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” has {1} % of its evidence on the cell, which fills {2} % of the image.</source>
   <translation>„{0}“ hat {1} % ihrer Hinweise auf der Zelle, die {2} % des Bildes füllt.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} megapixels, more than the {2} that can be opened; save it in parts or smaller.</source>
   <translation>„{0}“ hat {1} Megapixel, mehr als die {2}, die geöffnet werden können; in Teilen oder kleiner speichern.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” has {1} outputs; say which of them tells what a cell is: one of {2}.</source>
   <translation>„{0}“ hat {1} Ausgaben; sagen Sie, welche davon angibt, was eine Zelle ist: eine von {2}.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} pages; save each page as an image of its own.</source>
   <translation>„{0}“ hat {1} Seiten; jede Seite als eigenes Bild speichern.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds a file twice; it is refused.</source>
   <translation>„{0}“ enthält eine Datei zweimal; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a link instead of weights; it is refused.</source>
   <translation>„{0}“ enthält einen Verweis statt Gewichten; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a part of itself twice; it is refused.</source>
   <translation>„{0}“ enthält einen Teil seiner selbst zweimal; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="run_journal.py" />
   <source>“{0}” holds an unfinished run that was asked otherwise ({1}); go on as it was asked, choose another folder with --out, or throw it away with --anew.</source>
   <translation>„{0}“ enthält einen unfertigen Lauf mit anderem Auftrag ({1}); setzen Sie ihn mit demselben Auftrag fort, wählen Sie mit --out einen anderen Ordner, oder verwerfen Sie ihn mit --anew.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” holds arrays but no network; give them to the model with model.set_weights, type model.save('name.keras'), and import that.</source>
   <translation>„{0}“ enthält Zahlenfelder, aber kein Netz; geben Sie sie dem Modell mit model.set_weights, geben Sie model.save('name.keras') ein und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds files that a Keras model does not need ({1}); it is refused.</source>
   <translation>„{0}“ enthält Dateien, die ein Keras-Modell nicht braucht ({1}); es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds more parts than any network; it is refused.</source>
   <translation>„{0}“ enthält mehr Teile als jedes Netz; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>“{0}” holds no certificate of a timestamp authority; choose a PEM file.</source>
   <translation>„{0}“ enthält kein Zertifikat einer Zeitstempelstelle; wählen Sie eine PEM-Datei.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificate with its key; choose a PEM file in the settings.</source>
   <translation>„{0}“ enthält kein Zertifikat mit Schlüssel; in den Einstellungen eine PEM-Datei wählen.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificates; choose a PEM file in the settings.</source>
   <translation>„{0}“ enthält keine Zertifikate; in den Einstellungen eine PEM-Datei wählen.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” holds no image; send another file.</source>
   <translation>„{0}“ enthält kein Bild; senden Sie eine andere Datei.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” holds no picture that can be shown; choose another video file.</source>
   <translation>„{0}“ enthält kein Bild, das gezeigt werden kann; wählen Sie eine andere Videodatei.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” holds no picture; check the disk and record again.</source>
   <translation>„{0}“ enthält kein Bild; den Datenträger prüfen und neu aufzeichnen.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds something else than numbers among its weights; it is refused.</source>
   <translation>„{0}“ enthält unter seinen Gewichten etwas anderes als Zahlen; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>“{0}” holds something else; name a new or empty folder.</source>
   <translation>„{0}“ enthält etwas anderes; nennen Sie einen neuen oder leeren Ordner.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds weights but no network; save the whole model with model.save().</source>
   <translation>„{0}“ enthält Gewichte, aber kein Netz; das ganze Modell mit model.save() speichern.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file with {1}, which is not read; export it as PNG or TIFF, or without compression.</source>
   <translation>„{0}“ ist eine DICOM-Datei mit {1}, die nicht gelesen wird; exportieren Sie sie als PNG oder TIFF oder ohne Kompression.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file without a picture; choose the one with the image, or copy it again.</source>
   <translation>„{0}“ ist eine DICOM-Datei ohne Bild; wählen Sie die mit dem Bild, oder kopieren Sie sie neu.</translation>
  </message>
  <message>
   <location filename="tiff_kinds.py" />
   <source>“{0}” is a TIFF of a kind that is not read ({1}); save it again as a plain RGB TIFF or PNG with 8 or 16 bits per sample.</source>
   <translation>„{0}“ ist ein TIFF einer Art, die nicht gelesen wird ({1}); speichern Sie es neu als einfaches RGB-TIFF oder PNG mit 8 oder 16 Bit pro Wert.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is a date, perhaps made by a spreadsheet; format the column as text and save the list again.</source>
   <translation>„{0}“ ist ein Datum, vielleicht von einer Tabellenkalkulation gemacht; formatieren Sie die Spalte als Text und speichern Sie die Liste noch einmal.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a file of PyTorch, which can run code and is not opened; type torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') in the notebook that made it, and import that.</source>
   <translation>„{0}“ ist eine Datei von PyTorch, die Code ausführen kann und nicht geöffnet wird; geben Sie im Notebook, aus dem sie stammt, torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') ein und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder without a saved_model.pb; choose a model's file, or an exported folder.</source>
   <translation>„{0}“ ist ein Ordner ohne saved_model.pb; wählen Sie die Datei eines Modells oder einen exportierten Ordner.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is a folder; choose another name.</source>
   <translation>„{0}“ ist ein Ordner; wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder; choose the file “{1}” in it.</source>
   <translation>„{0}“ ist ein Ordner; wählen Sie die Datei „{1}“ darin.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is a folder; open it as a folder, or choose an image in it.</source>
   <translation>„{0}“ ist ein Ordner; ihn als Ordner öffnen oder ein Bild darin wählen.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” is a list of other videos, not a video; choose the video file itself.</source>
   <translation>„{0}“ ist eine Liste anderer Videos, kein Video; wählen Sie die Videodatei selbst.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a pickle, which can run code and is not opened; type model.save('name.keras') in the notebook that made it, and import that.</source>
   <translation>„{0}“ ist ein Pickle, das Code ausführen kann und nicht geöffnet wird; geben Sie im Notebook, aus dem es stammt, model.save('name.keras') ein und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a slide in DICOM tiles, which is not one image; export its fields as PNG or TIFF.</source>
   <translation>„{0}“ ist ein Objektträger in DICOM-Kacheln und kein einzelnes Bild; exportieren Sie seine Felder als PNG oder TIFF.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is a slide; open it alone, and take the region of it that you need.</source>
   <translation>„{0}“ ist ein Objektträger; öffnen Sie ihn allein und übernehmen Sie den Bereich, den Sie brauchen.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a text file, not an image; choose a {1} image.</source>
   <translation>„{0}“ ist eine Textdatei, kein Bild; ein Bild der Art {1} wählen.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is a {1} file of a kind that is not read ({2}); export its images as TIFF or PNG from the program it comes from.</source>
   <translation>„{0}“ ist eine {1}-Datei einer Art, die nicht gelesen wird ({2}); exportieren Sie die Bilder als TIFF oder PNG aus dem Programm, aus dem sie stammt.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a {1} file, which is not read; export its images as {2}.</source>
   <translation>„{0}“ ist eine {1}-Datei, die nicht gelesen wird; exportieren Sie ihre Bilder als {2}.</translation>
  </message>
  <message>
   <location filename="codestreams.py" />
   <source>“{0}” is a {1}, which is not read; save it again as PNG or TIFF with 8 or 16 bits.</source>
   <translation>„{0}“ ist ein Bild, das nicht gelesen wird ({1}); speichern Sie es noch einmal als PNG oder TIFF mit 8 oder 16 Bit.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is an animation; save one still image of it.</source>
   <translation>„{0}“ ist eine Animation; ein einzelnes Bild davon speichern.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive with “{1}” in it; unpack it, and import that file.</source>
   <translation>„{0}“ ist ein Archiv, das „{1}“ enthält; entpacken Sie es und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive, but no Keras model; save the model with model.save('name.keras'), and import that.</source>
   <translation>„{0}“ ist ein Archiv, aber kein Keras-Modell; speichern Sie das Modell mit model.save('name.keras'), und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is an error of a spreadsheet, not a number.</source>
   <translation>„{0}“ ist ein Fehler einer Tabellenkalkulation, keine Nummer.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is compressed in a way that is not read; export it from its scanner as SVS or OME-TIFF.</source>
   <translation>„{0}“ ist auf eine Weise komprimiert, die nicht gelesen wird; exportieren Sie es aus seinem Scanner als SVS oder OME-TIFF.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” is damaged or incomplete.</source>
   <translation>„{0}“ ist beschädigt oder unvollständig.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the microscope or camera.</source>
   <translation>„{0}“ ist beschädigt oder unvollständig; neu vom Mikroskop oder von der Kamera kopieren.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the scanner, with all files beside it.</source>
   <translation>„{0}“ ist beschädigt oder unvollständig; kopieren Sie es erneut vom Scanner, mit allen Dateien daneben.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” is damaged, its pages point at each other in a circle; copy it again from the microscope.</source>
   <translation>„{0}“ ist beschädigt, die Seiten verweisen im Kreis aufeinander; kopieren Sie die Datei noch einmal vom Mikroskop.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” is empty on {1} of {2} cells: there it shows nothing for the answer.</source>
   <translation>„{0}“ ist auf {1} von {2} Zellen leer: Dort zeigt sie nichts für die Antwort.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is empty; copy it again from the microscope or camera.</source>
   <translation>„{0}“ ist leer; neu vom Mikroskop oder von der Kamera kopieren.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” is empty; send it again.</source>
   <translation>„{0}“ ist leer; senden Sie sie noch einmal.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is locked with a password; save the model without one.</source>
   <translation>„{0}“ ist mit einem Passwort gesperrt; speichern Sie das Modell ohne Passwort.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” is no class of cells; {1}, CLASS being one of {2}.</source>
   <translation>„{0}“ ist keine Klasse von Zellen; {1}, wobei CLASS eines von {2} ist.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>“{0}” is no class that this program knows; name each of the model's classes healthy, leukemic or other, or one of {1}.</source>
   <translation>„{0}“ ist keine Klasse, die dieses Programm kennt; nennen Sie jede Klasse des Modells healthy, leukemic oder other, oder eine von {1}.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is no longer the slide that it was; open it again.</source>
   <translation>„{0}“ ist nicht mehr der Objektträger, der es war; öffnen Sie ihn erneut.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is no model that this program packed; ask for it again.</source>
   <translation>„{0}“ ist kein Modell, das dieses Programm gepackt hat; bitten Sie erneut darum.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is no model; save the model with model.save('name.keras'), and import that.</source>
   <translation>„{0}“ ist kein Modell; speichern Sie das Modell mit model.save('name.keras'), und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is no token file; choose another.</source>
   <translation>„{0}“ ist keine Datei eines Zugangsschlüssels; wählen Sie eine andere.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is not a file; choose an image file.</source>
   <translation>„{0}“ ist keine Datei; eine Bilddatei wählen.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is not a slide that this program can open in parts; open it as an image.</source>
   <translation>„{0}“ ist kein Objektträger, den dieses Programm in Teilen öffnen kann; öffnen Sie es als Bild.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is not an image this program knows; save it as {1}.</source>
   <translation>„{0}“ ist kein Bild, das dieses Programm kennt; als {1} speichern.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” is not plugged in; check its cable.</source>
   <translation>„{0}“ ist nicht angeschlossen; das Kabel prüfen.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is not stored in tiles, so that no part of it can be read alone; save it as a tiled TIFF.</source>
   <translation>„{0}“ ist nicht in Kacheln gespeichert, sodass kein Teil allein gelesen werden kann; speichern Sie es als gekacheltes TIFF.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” is not there, or holds no end of an audit trail; choose another file.</source>
   <translation>„{0}“ ist nicht da oder enthält kein Ende eines Prüfprotokolls; wählen Sie eine andere Datei.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is part of a saved state of training (.ckpt), which holds weights but no network; load it in the notebook with model.load_weights, type model.save('name.keras'), and import that.</source>
   <translation>„{0}“ ist Teil eines gespeicherten Trainingsstands (.ckpt), der Gewichte, aber kein Netz enthält; laden Sie ihn im Notebook mit model.load_weights, geben Sie model.save('name.keras') ein und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>“{0}” is put together in a way that this program cannot follow; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ ist so zusammengesetzt, dass dieses Programm nicht folgen kann. Geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is spread over several graphics cards (multi_gpu_model); type model.get_layer('{1}').save('name.h5') in the notebook that made it, and import that.</source>
   <translation>„{0}“ ist auf mehrere Grafikkarten verteilt (multi_gpu_model); geben Sie im Notebook, aus dem es stammt, model.get_layer('{1}').save('name.h5') ein und importieren Sie diese Datei.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is the list of a DICOM disk; open the folder that it lies in.</source>
   <translation>„{0}“ ist das Verzeichnis eines DICOM-Datenträgers; öffnen Sie den Ordner, in dem es liegt.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and cannot be read; move it away or choose another name.</source>
   <translation>„{0}“ ist schon da und kann nicht gelesen werden; verschieben Sie es oder wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="backup.py" />
   <source>“{0}” is there already and is no backup; choose another name.</source>
   <translation>„{0}“ ist schon da und keine Sicherung; wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and is not of this case; move it away or choose another name.</source>
   <translation>„{0}“ ist schon da und nicht von diesem Fall; verschieben Sie es oder wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is there already; choose another name for the token.</source>
   <translation>„{0}“ ist schon da; wählen Sie einen anderen Namen für den Zugangsschlüssel.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is there already; choose another name.</source>
   <translation>„{0}“ gibt es schon; wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; choose an image file.</source>
   <translation>„{0}“ ist zu groß für ein Bild; eine Bilddatei wählen.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; if it is a slide, open it alone.</source>
   <translation>„{0}“ ist zu groß für ein einzelnes Bild; ist es ein Objektträger, öffnen Sie ihn allein.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” is written as a class of its own ({1}), which is code; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ ist als eigene Klasse geschrieben ({1}), also Code. Geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” judges no images; there is nothing to take back.</source>
   <translation>„{0}“ beurteilt keine Bilder; es gibt nichts zurückzunehmen.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” keeps its weights in another file; save it as one file, with onnx.save(model, 'name.onnx').</source>
   <translation>„{0}“ hält seine Gewichte in einer anderen Datei; speichern Sie es als eine Datei, mit onnx.save(model, „name.onnx“).</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” lies in no folder of a patient; {1}.</source>
   <translation>„{0}“ liegt in keinem Ordner eines Patienten; {1}.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” lies without its folder “variables”, which holds its weights; copy the whole folder that was exported, and import that.</source>
   <translation>„{0}“ liegt ohne seinen Ordner „variables“ mit den Gewichten da; kopieren Sie den ganzen exportierten Ordner und importieren Sie diesen.</translation>
  </message>
  <message>
   <location filename="openslide_file.py" />
   <source>“{0}” lies without the folder “{1}” that holds its pictures; copy both together.</source>
   <translation>Bei „{0}“ fehlt der Ordner „{1}“ mit seinen Bildern; kopieren Sie beides zusammen.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” links to another file; it is refused.</source>
   <translation>„{0}“ verweist auf eine andere Datei; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” looks the same with shuffled weights (correlation {1}): it does not show the model.</source>
   <translation>„{0}“ sieht mit vertauschten Gewichten gleich aus (Korrelation {1}): Sie zeigt nicht das Modell.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” makes the program that opens images fail; copy it again, or save it in another format.</source>
   <translation>„{0}“ bringt das Programm, das Bilder öffnet, zum Absturz; kopieren Sie es noch einmal oder speichern Sie es in einem anderen Format.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask its owner for permission.</source>
   <translation>„{0}“ darf nicht gelesen werden; den Eigentümer um Erlaubnis bitten.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask the owner of the file for permission.</source>
   <translation>„{0}“ darf nicht gelesen werden; den Eigentümer der Datei um Erlaubnis bitten.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” may not be whole; check the disk and record again.</source>
   <translation>„{0}“ ist vielleicht nicht vollständig; prüfen Sie die Platte und nehmen Sie noch einmal auf.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” names no camera; choose another configuration.</source>
   <translation>„{0}“ nennt keine Kamera; eine andere Konfiguration wählen.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” needs more memory than a model of its size may take; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ braucht mehr Speicher, als ein Modell seiner Größe nehmen darf. Geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” says neither what it takes nor what it gives; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ sagt weder, was es nimmt, noch, was es gibt; geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable.</source>
   <translation>„{0}“ sendet keine Bilder mehr; das Kabel prüfen.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable. It is tried again by itself.</source>
   <translation>„{0}“ sendet keine Bilder mehr; das Kabel prüfen. Es wird von selbst erneut versucht.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” sends no pictures any more; check its plug. It is tried again by itself.</source>
   <translation>„{0}“ sendet keine Bilder mehr; den Stecker prüfen. Es wird von selbst erneut versucht.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest is read and counted once, {1} others are left out.</source>
   <translation>„{0}“ zeigt Felder in mehreren Schärfeebenen oder zu mehreren Zeiten: Die schärfste Aufnahme wird gelesen und einmal gezählt, {1} andere werden ausgelassen.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest of each place is shown.</source>
   <translation>„{0}“ zeigt Felder in mehreren Fokusebenen oder Zeiten: gezeigt wird das Schärfste jeder Stelle.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” shows only the label or the overview of a slide; choose an image of its cells.</source>
   <translation>„{0}“ zeigt nur das Etikett oder die Übersicht eines Objektträgers; wählen Sie ein Bild der Zellen.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” shows who the patient is in its picture; export it without annotations.</source>
   <translation>„{0}“ zeigt im Bild, wer der Patient ist; exportieren Sie es ohne Beschriftung.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>“{0}” signs in at the hospital’s directory by this name already.</source>
   <translation>„{0}“ meldet sich am Verzeichnis des Krankenhauses bereits mit diesem Namen an.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes an input of {1}; one picture of height × width × 3 (color) or 1 (gray) is needed. Rebuild it for such pictures, with the channels last.</source>
   <translation>„{0}“ nimmt eine Eingabe von {1}; nötig ist ein Bild von Höhe × Breite × 3 (Farbe) oder 1 (grau). Bauen Sie es für solche Bilder um, mit den Kanälen zuletzt.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes more memory than an image of its size may; save it again in another format.</source>
   <translation>„{0}“ braucht mehr Speicher, als ein Bild seiner Größe darf; speichern Sie es in einem anderen Format.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” takes or gives whole numbers of 8 bits, whose scale is not known here; convert it again without inference_input_type and inference_output_type, or import the Keras model that it was made of.</source>
   <translation>„{0}“ nimmt oder gibt ganze Zahlen mit 8 Bit, deren Skala hier nicht bekannt ist; wandeln Sie es ohne inference_input_type und inference_output_type neu um, oder importieren Sie das Keras-Modell, aus dem es entstand.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes pictures of any size; one size is needed. Rebuild it with a fixed one, for example 224 x 224.</source>
   <translation>„{0}“ nimmt Bilder jeder Größe; eine einzige ist nötig. Bauen Sie es mit einer festen neu, zum Beispiel 224 x 224.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” takes too long to be looked into; close other programs, then try again.</source>
   <translation>Die Prüfung von „{0}“ dauert zu lange; schließen Sie andere Programme, und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes too long to open; save it again in the program it comes from.</source>
   <translation>„{0}“ braucht zu lange zum Öffnen; speichern Sie es in dem Programm, aus dem es kommt, noch einmal.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” takes weights from another file; it is refused.</source>
   <translation>„{0}“ nimmt Gewichte aus einer anderen Datei; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes {1} inputs; one picture is needed. Rebuild it so that everything it needs comes from one picture.</source>
   <translation>„{0}“ nimmt {1} Eingaben; nötig ist ein Bild. Bauen Sie es so um, dass alles, was es braucht, aus einem Bild kommt.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” tells {1} classes apart, and {2} were named; name what each of its figures means, in their order, for example healthy,leukemic,other.</source>
   <translation>„{0}“ unterscheidet {1} Klassen, und {2} wurden genannt; nennen Sie der Reihe nach, was jede seiner Zahlen bedeutet, zum Beispiel healthy,leukemic,other.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” unpacks to far more than its size; it is refused.</source>
   <translation>„{0}“ entpackt sich auf weit mehr als seine Größe; es wird abgelehnt.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” uses “{1}”, which this program does not know; type {2} in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ verwendet „{1}“, das dieses Programm nicht kennt; geben Sie im Notebook, aus dem es stammt, {2} ein und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was damaged or changed after it was packed; ask for it again.</source>
   <translation>„{0}“ wurde nach dem Packen beschädigt oder verändert; bitten Sie erneut darum.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” was made smaller by model.quantize(); import the model as model.save() kept it before, or, for int8 and int4, type model.export('folder') and import that folder.</source>
   <translation>„{0}“ wurde mit model.quantize() verkleinert; importieren Sie das Modell, wie model.save() es vorher gespeichert hat, oder geben Sie bei int8 und int4 model.export('folder') ein und importieren Sie diesen Ordner.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was packed by an installation with the key {1}. Ask its people for their key, and give it with --key only if it is the same.</source>
   <translation>„{0}“ wurde von einer Installation mit dem Schlüssel {1} gepackt. Fragen Sie deren Leute nach ihrem Schlüssel, und geben Sie ihn mit --key nur an, wenn er derselbe ist.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” was rounded by a spreadsheet; format the column as text and save the list again.</source>
   <translation>„{0}“ wurde von einer Tabellenkalkulation gerundet; formatieren Sie die Spalte als Text und speichern Sie die Liste noch einmal.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” was saved by Keras {1} and cannot be rebuilt; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>„{0}“ wurde von Keras {1} gespeichert und lässt sich nicht nachbauen. Geben Sie im Notebook, das es erzeugt hat, model.export('folder') ein, und importieren Sie diesen Ordner.</translation>
  </message>
 </context>
 <context>
  <name>Session</name>
  <message>
   <location filename="session.py" />
   <source>Amend…</source>
   <translation>Berichtigen…</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>Another case is being opened; wait until it is there.</source>
   <translation>Ein anderer Fall wird geöffnet; warten Sie, bis er da ist.</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Dieser Fall ist unterschrieben; berichtigen Sie ihn mit einer Begründung, um ihn zu ändern.</translation>
  </message>
 </context>
 <context>
  <name>SettingGroups</name>
  <message>
   <location filename="groups.py" />
   <source>No setting has these words; try fewer or others.</source>
   <translation>Keine Einstellung enthält diese Wörter; weniger oder andere versuchen.</translation>
  </message>
  <message>
   <location filename="groups.py" />
   <source>Search settings</source>
   <translation>Einstellungen durchsuchen</translation>
  </message>
 </context>
 <context>
  <name>SettingsPage</name>
  <message>
   <location filename="page.py" />
   <source>A daily copy goes there, with all images; it is encrypted where the cases are.</source>
   <translation>Dorthin geht täglich eine Kopie mit allen Bildern; sie ist verschlüsselt, wenn die Fälle es sind.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Address</source>
   <translation>Adresse</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>As the system</source>
   <translation>Wie das System</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Backup, check and restore</source>
   <translation>Sichern, prüfen, zurückspielen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Block signing</source>
   <translation>Unterschrift sperren</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and backups</source>
   <translation>Fälle und Sicherungen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and models</source>
   <translation>Fälle und Modelle</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose folder…</source>
   <translation>Ordner wählen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose picture…</source>
   <translation>Bild wählen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cividis</source>
   <translation>Cividis</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Colors of maps</source>
   <translation>Farben der Karten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Control run each day</source>
   <translation>Täglicher Kontrolllauf</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM archive</source>
   <translation>DICOM-Archiv</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM worklist</source>
   <translation>DICOM-Arbeitsliste</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Tägliche Kontrolle</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Dark</source>
   <translation>Dunkel</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Empty keeps cases on this computer. A change counts from the next start.</source>
   <translation>Leer: Fälle bleiben auf diesem Rechner. Eine Änderung gilt ab dem nächsten Start.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Encryption on this computer’s disk</source>
   <translation>Verschlüsselung auf der Platte dieses Computers</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>FHIR server</source>
   <translation>FHIR-Server</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Folder on a drive or share; may be empty</source>
   <translation>Ordner auf einem Laufwerk oder einer Freigabe; darf leer sein</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Help</source>
   <translation>Hilfe</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system (HL7)</source>
   <translation>Kliniksystem (HL7)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system and DICOM archive</source>
   <translation>Kliniksystem und DICOM-Archiv</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Its name in messages</source>
   <translation>Sein Name in Nachrichten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Keys that name the class of a cell</source>
   <translation>Tasten, die die Klasse einer Zelle nennen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laboratory</source>
   <translation>Labor</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Language</source>
   <translation>Sprache</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Light</source>
   <translation>Hell</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the DICOM archive</source>
   <translation>Leitung zum DICOM-Archiv</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the hospital’s system</source>
   <translation>Leitung zum System des Krankenhauses</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the shared database</source>
   <translation>Leitung zur gemeinsamen Datenbank</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Log, without patient data</source>
   <translation>Protokoll, ohne Patientendaten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Logo</source>
   <translation>Logo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look</source>
   <translation>Aussehen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look and keys</source>
   <translation>Aussehen und Tasten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Microscope</source>
   <translation>Mikroskop</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name of the laboratory</source>
   <translation>Name des Labors</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Not asked for</source>
   <translation>Nicht verlangt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing</source>
   <translation>Nichts</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Objective in use</source>
   <translation>Verwendetes Objektiv</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Of several depths of focus</source>
   <translation>Bei mehreren Fokusebenen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that come by themselves</source>
   <translation>Aufträge, die von selbst kommen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Other systems</source>
   <translation>Andere Systeme</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Our certificate and key</source>
   <translation>Eigenes Zertifikat mit Schlüssel</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: none</source>
   <translation>PEM; leer: keines</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM; leer: die dieses Rechners</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Paper</source>
   <translation>Papier</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People and signatures</source>
   <translation>Personen und Unterschriften</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Report</source>
   <translation>Bericht</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Second place for backups</source>
   <translation>Zweiter Ort für Sicherungen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Shared database</source>
   <translation>Gemeinsame Datenbank</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest depth</source>
   <translation>Schärfste Ebene</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest of each place</source>
   <translation>Schärfstes jeder Stelle</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sign-in by the hospital’s directory</source>
   <translation>Anmeldung über das Verzeichnis des Krankenhauses</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands below the name; a comma begins a line</source>
   <translation>Steht unter dem Namen; ein Komma beginnt eine Zeile</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on every report</source>
   <translation>Steht auf jedem Bericht</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on new cases and on your labels</source>
   <translation>Steht auf neuen Fällen und Ihren Kennzeichnungen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Storage commitment (DICOM)</source>
   <translation>Aufbewahrungszusage (DICOM Storage Commitment)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>System</source>
   <translation>System</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Theme</source>
   <translation>Farbschema</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This workstation’s DICOM title</source>
   <translation>DICOM-Titel dieses Arbeitsplatzes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Timestamps of the audit trail</source>
   <translation>Zeitstempel des Prüfprotokolls</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Trusted certificates</source>
   <translation>Vertraute Zertifikate</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Wanted before signing</source>
   <translation>Vor der Unterschrift verlangt</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Warn</source>
   <translation>Warnen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>When a rule is broken</source>
   <translation>Wenn eine Regel verletzt ist</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Where things are kept</source>
   <translation>Wo alles aufbewahrt wird</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Your name</source>
   <translation>Ihr Name</translation>
  </message>
 </context>
 <context>
  <name>ShapeTable</name>
  <message>
   <location filename="shape_table.py" />
   <source>All figures</source>
   <translation>Alle Werte</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Fewer figures</source>
   <translation>Weniger Werte</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>No figures of shape were measured on this cell; judge it again to measure them.</source>
   <translation>An dieser Zelle wurde keine Form gemessen; beurteilen Sie sie noch einmal, um sie zu messen.</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Read off the cell by the differential model</source>
   <translation>Vom Differenzialmodell an der Zelle abgelesen</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>The band of each bar is where 90 % of the healthy lymphocytes of the training cells lie.</source>
   <translation>Im Band jedes Balkens liegen 90 % der gesunden Lymphozyten der Trainingszellen.</translation>
  </message>
 </context>
 <context>
  <name>Sheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
 </context>
 <context>
  <name>ShownImage</name>
  <message>
   <location filename="shown_image.py" />
   <source>It could not be read.</source>
   <translation>Es konnte nicht gelesen werden.</translation>
  </message>
  <message>
   <location filename="shown_image.py" />
   <source>This image cannot be shown</source>
   <translation>Dieses Bild kann nicht gezeigt werden</translation>
  </message>
 </context>
 <context>
  <name>SideBySideController</name>
  <message>
   <location filename="side_by_side.py" />
   <source>A click in the strip below chooses the image on the right.</source>
   <translation>Ein Klick in der Leiste darunter wählt das rechte Bild.</translation>
  </message>
  <message>
   <location filename="side_by_side.py" />
   <source>Image {0} of {1}: {2}</source>
   <translation>Bild {0} von {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>SignInSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign in</source>
   <translation>Anmelden</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>This workstation is locked; work goes on behind it.</source>
   <translation>Dieser Arbeitsplatz ist gesperrt; die Arbeit läuft dahinter weiter.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Ihr Name</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Ihr Passwort</translation>
  </message>
 </context>
 <context>
  <name>SignSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reviewed and released</source>
   <translation>Geprüft und freigegeben</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign</source>
   <translation>Unterschreiben</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign the case</source>
   <translation>Fall unterschreiben</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The report is kept as you sign it, and the case is read-only from then on.</source>
   <translation>Der Bericht bleibt, wie Sie ihn unterschreiben, und der Fall ist von da an schreibgeschützt.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>What your signature means</source>
   <translation>Was Ihre Unterschrift bedeutet</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Ihr Name</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Ihr Passwort</translation>
  </message>
 </context>
 <context>
  <name>SigningController</name>
  <message>
   <location filename="signing.py" />
   <source>Case {0} is no longer the one that is open, so nothing was signed or amended.</source>
   <translation>Fall {0} ist nicht mehr der geöffnete; es wurde nichts unterschrieben oder geändert.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show daily control</source>
   <translation>Tägliche Kontrolle zeigen</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show the cell</source>
   <translation>Zelle zeigen</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Sign nevertheless</source>
   <translation>Trotzdem unterschreiben</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case can be changed again.</source>
   <translation>Der Fall kann wieder geändert werden.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is reviewed.</source>
   <translation>Der Fall ist geprüft.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is signed; the report is kept as it is.</source>
   <translation>Der Fall ist unterschrieben; der Bericht bleibt, wie er ist.</translation>
  </message>
 </context>
 <context>
  <name>SimilarController</name>
  <message>
   <location filename="similar_cells.py" />
   <source>It is no example any longer.</source>
   <translation>Sie ist kein Beispiel mehr.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Kept as an example of: {0}. All are on the page Quality.</source>
   <translation>Als Beispiel behalten für: {0}. Alle sind auf der Seite Qualität.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
 </context>
 <context>
  <name>SimilarSheet</name>
  <message>
   <location filename="similar_sheet.py" />
   <source>Compared with {0} decided cells of reviewed and signed cases; 0 is the same, 1 has nothing alike.</source>
   <translation>Verglichen mit {0} entschiedenen Zellen durchgesehener und unterschriebener Fälle; 0 ist gleich, 1 hat nichts gemeinsam.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Distance {0}</source>
   <translation>Abstand {0}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>In view</source>
   <translation>Im Blick</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Keep as example</source>
   <translation>Als Beispiel behalten</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Looking for similar cells</source>
   <translation>Ähnliche Zellen werden gesucht</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Nearest of the cells that people decided</source>
   <translation>Nächste der von Menschen entschiedenen Zellen</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Read the others too</source>
   <translation>Auch die anderen lesen</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Reading decided cells: {0} of {1}</source>
   <translation>Entschiedene Zellen werden gelesen: {0} von {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Say first what this cell is</source>
   <translation>Sagen Sie zuerst, was diese Zelle ist</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Similar cells</source>
   <translation>Ähnliche Zellen</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped. What was read until now is compared with.</source>
   <translation>Angehalten. Mit dem, was bisher gelesen wurde, wird verglichen.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped: the cell was not compared. Press S again to go on.</source>
   <translation>Angehalten: die Zelle wurde nicht verglichen. Noch einmal S drücken, um weiterzumachen.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>The index of decided cells is being built: {0} of {1}</source>
   <translation>Das Verzeichnis der entschiedenen Zellen wird aufgebaut: {0} von {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>There is no cell to compare with yet: name cells in a case, and mark the case as reviewed.</source>
   <translation>Noch gibt es keine Zelle zum Vergleichen: benennen Sie Zellen in einem Fall, und markieren Sie den Fall als durchgesehen.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>a person</source>
   <translation>eine Person</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>{0} more have not been read yet.</source>
   <translation>{0} weitere sind noch nicht gelesen.</translation>
  </message>
 </context>
 <context>
  <name>SiteProfileController</name>
  <message>
   <location filename="site_profiles.py" />
   <source>Save the profile</source>
   <translation>Profil speichern</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Saved as “{0}”.</source>
   <translation>Gespeichert als „{0}“.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Site profiles ({0})</source>
   <translation>Laborprofile ({0})</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Take a profile from a file</source>
   <translation>Profil aus einer Datei nehmen</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>The shipped models speak again.</source>
   <translation>Die mitgelieferten Modelle sprechen wieder.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks again.</source>
   <translation>{0} spricht wieder.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks from the next image on.</source>
   <translation>{0} spricht ab dem nächsten Bild.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} was taken. It speaks once it is activated.</source>
   <translation>{0} wurde übernommen. Es spricht, sobald es eingesetzt ist.</translation>
  </message>
 </context>
 <context>
  <name>SlideController</name>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in the marked region.</source>
   <translation>Im markierten Bereich liegen die Zellen einzeln.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in {0} regions. The best is chosen; click another to choose that one.</source>
   <translation>In {0} Bereichen liegen die Zellen einzeln. Der beste ist gewählt; klicken Sie auf einen anderen, um diesen zu wählen.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looked at {0} of {1} places</source>
   <translation>{0} von {1} Stellen angesehen</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for the cells of the region …</source>
   <translation>Die Zellen des Bereichs werden gesucht …</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for where cells lie apart …</source>
   <translation>Es wird gesucht, wo die Zellen einzeln liegen …</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>No white cells in this region that the case does not have; choose another one.</source>
   <translation>In diesem Bereich sind keine weißen Zellen, die der Fall nicht schon hat; wählen Sie einen anderen.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Stopped. What was taken until then is in the case.</source>
   <translation>Angehalten. Was bis dahin übernommen wurde, ist im Fall.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} fields with {1} cells are in the case, and are judged.</source>
   <translation>{0} Felder mit {1} Zellen sind im Fall und werden beurteilt.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} of {1} fields, {2} cells</source>
   <translation>{0} von {1} Feldern, {2} Zellen</translation>
  </message>
 </context>
 <context>
  <name>SlideSheet</name>
  <message>
   <location filename="sheet.py" />
   <source>Choose a region: draw it, take what is seen, or let the program find where cells lie apart.</source>
   <translation>Wählen Sie einen Bereich: zeichnen Sie ihn, nehmen Sie das Sichtbare, oder lassen Sie das Programm suchen, wo die Zellen einzeln liegen.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Choose the part of the slide that is seen now (V)</source>
   <translation>Den Teil des Objektträgers wählen, der jetzt zu sehen ist (V)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Chosen: {0}</source>
   <translation>Gewählt: {0}</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a rectangle with the mouse (R, or Shift and drag)</source>
   <translation>Mit der Maus ein Rechteck zeichnen (R, oder Umschalt und Ziehen)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a region</source>
   <translation>Bereich zeichnen</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the cells of the region, and judge them in the case (Enter)</source>
   <translation>Die Zellen des Bereichs suchen und im Fall beurteilen (Eingabetaste)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the monolayer</source>
   <translation>Monolayer suchen</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Look for regions where cells lie apart, neither heaped nor missing (M)</source>
   <translation>Bereiche suchen, in denen die Zellen einzeln liegen, weder gehäuft noch fehlend (M)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Show the whole slide (0)</source>
   <translation>Den ganzen Objektträger zeigen (0)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Slide</source>
   <translation>Objektträger</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Take region</source>
   <translation>Bereich übernehmen</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>The slide is being opened …</source>
   <translation>Der Objektträger wird geöffnet …</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>This slide does not state its scale: choose its objective under Settings, then open it again.</source>
   <translation>Dieser Objektträger nennt seinen Maßstab nicht: wählen Sie sein Objektiv unter Einstellungen und öffnen Sie ihn erneut.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>What is seen</source>
   <translation>Sichtbares</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Whole slide</source>
   <translation>Ganzer Objektträger</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>scale not known</source>
   <translation>Maßstab unbekannt</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>{0} × {1} pixels</source>
   <translation>{0} × {1} Pixel</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>{0} × {1} µm, {2} mm²</source>
   <translation>{0} × {1} µm, {2} mm²</translation>
  </message>
 </context>
 <context>
  <name>SlideView</name>
  <message>
   <location filename="view.py" />
   <source>Slide</source>
   <translation>Objektträger</translation>
  </message>
  <message>
   <location filename="view.py" />
   <source>not calibrated</source>
   <translation>nicht kalibriert</translation>
  </message>
 </context>
 <context>
  <name>StateChoice</name>
  <message>
   <location filename="state_choice.py" />
   <source>All states</source>
   <translation>Jeder Stand</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>Put away</source>
   <translation>Weggelegt</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>State</source>
   <translation>Stand</translation>
  </message>
 </context>
 <context>
  <name>StatedHeaderController</name>
  <message>
   <location filename="stated_headers.py" />
   <source>Another case is open now; nothing was written.</source>
   <translation>Jetzt ist ein anderer Fall geöffnet; nichts wurde geschrieben.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Compare…</source>
   <translation>Vergleichen…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Take over…</source>
   <translation>Übernehmen…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” names another patient than this case.</source>
   <translation>„{0}“ nennt einen anderen Patienten als dieser Fall.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” says who the patient is.</source>
   <translation>„{0}“ nennt den Patienten.</translation>
  </message>
 </context>
 <context>
  <name>StatedScaleController</name>
  <message>
   <location filename="stated_scales.py" />
   <source>The image says that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>Das Bild sagt, ein Pixel habe {1} µm; beim benutzten Objektiv „{2}“ sind es {3} µm.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>The images are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Die Bilder werden im Maßstab von „{0}“ neu beurteilt; Ihre Kennzeichnungen bleiben.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>Use “{0}”</source>
   <translation>„{0}“ benutzen</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>{0} images say that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>{0} Bilder sagen, ein Pixel habe {1} µm; beim benutzten Objektiv „{2}“ sind es {3} µm.</translation>
  </message>
 </context>
 <context>
  <name>StatedSheet</name>
  <message>
   <location filename="stated_sheet.py" />
   <source>Case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Date of birth</source>
   <translation>Geburtsdatum</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the case</source>
   <translation>Im Fall</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the file</source>
   <translation>In der Datei</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient number</source>
   <translation>Patientennummer</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Sex</source>
   <translation>Geschlecht</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>The file names another patient than the case. Check whose blood the image shows.</source>
   <translation>Die Datei nennt einen anderen Patienten als der Fall. Prüfen Sie, wessen Blut das Bild zeigt.</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>female</source>
   <translation>weiblich</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>male</source>
   <translation>männlich</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>other</source>
   <translation>divers</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
 </context>
 <context>
  <name>StatusLine</name>
  <message>
   <location filename="status_line.py" />
   <source>, {0} failed</source>
   <translation>, {0} fehlgeschlagen</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>, {0} still to be read</source>
   <translation>, {0} noch zu lesen</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to lock the screen, so that another person can sign in</source>
   <translation>Klicken, um den Bildschirm zu sperren, damit sich jemand anderes anmelden kann</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to see the chart</source>
   <translation>Klicken, um die Karte zu sehen</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Site profile: {0}</source>
   <translation>Laborprofil: {0}</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>So many cells were corrected since the last teaching: page Quality</source>
   <translation>So viele Zellen wurden seit dem letzten Lehren korrigiert: Seite Qualität</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Teach anew: {0} corrections</source>
   <translation>Neu lehren: {0} Korrekturen</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>This name stands beside what is decided here until midnight. Click to change it</source>
   <translation>Dieser Name steht bis Mitternacht neben dem, was hier entschieden wird. Zum Ändern klicken</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Who works here?</source>
   <translation>Wer arbeitet hier?</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>a few seconds left</source>
   <translation>noch wenige Sekunden</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} h left</source>
   <translation>noch etwa {0} h</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} min left</source>
   <translation>noch etwa {0} min</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} s left</source>
   <translation>noch etwa {0} s</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>{0} of {1} images</source>
   <translation>{0} von {1} Bildern</translation>
  </message>
 </context>
 <context>
  <name>TeachCard</name>
  <message>
   <location filename="teach_card.py" />
   <source>Cells</source>
   <translation>Zellen</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name of the profile</source>
   <translation>Name des Profils</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>None yet: choose cells first.</source>
   <translation>Noch keine: erst Zellen wählen.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Sign it with the key of this installation</source>
   <translation>Mit dem Schlüssel dieser Installation signieren</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Start teaching</source>
   <translation>Lehren beginnen</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Teach the models your microscope</source>
   <translation>Den Modellen Ihr Mikroskop beibringen</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>The networks stay as they are; what they conclude is learned anew from your cells. It is proven by leaving patients out and takes about a minute for 200 cells. Nothing changes until an administrator lets it speak.</source>
   <translation>Die Netze bleiben, wie sie sind; was sie schließen, wird aus Ihren Zellen neu gelernt. Es wird durch Auslassen von Patienten nachgewiesen und dauert bei 200 Zellen etwa eine Minute. Nichts ändert sich, bis ein Verwalter es einsetzt.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Wanted accuracy of decided cells</source>
   <translation>Gewünschte Genauigkeit entschiedener Zellen</translation>
  </message>
 </context>
 <context>
  <name>TeachingController</name>
  <message>
   <location filename="teaching.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Es werden schon Zellen gelesen oder gelehrt; warten oder das erst anhalten.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Drop one folder whose images are sorted as CLASS/PATIENT/image; nothing was read.</source>
   <translation>Einen Ordner ablegen, dessen Bilder als KLASSE/PATIENT/Bild sortiert sind; nichts wurde gelesen.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Folder of labeled cells: CLASS/PATIENT/image</source>
   <translation>Ordner benannter Zellen: KLASSE/PATIENT/Bild</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Reading the cells</source>
   <translation>Zellen werden gelesen</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped. The look may have been counted already.</source>
   <translation>Angehalten. Der Blick ist vielleicht schon gezählt.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: no cells were taken.</source>
   <translation>Angehalten: keine Zellen wurden genommen.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: nothing was kept, and nothing has changed.</source>
   <translation>Angehalten: nichts wurde behalten, nichts hat sich geändert.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases</source>
   <translation>geprüften Fällen</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases, taken with {0}</source>
   <translation>geprüften Fällen, aufgenommen mit {0}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} Zellen von {1} Patienten in {2}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>“{0}”</source>
   <translation>„{0}“</translation>
  </message>
 </context>
 <context>
  <name>TileSize</name>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells</source>
   <translation>Größe der Zellen</translation>
  </message>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells (Ctrl and the wheel over them)</source>
   <translation>Größe der Zellen (Strg und Mausrad darüber)</translation>
  </message>
 </context>
 <context>
  <name>TimestampController</name>
  <message>
   <location filename="stamping.py" />
   <source>Certificates of the timestamp authority</source>
   <translation>Zertifikate des Zeitstempeldienstes</translation>
  </message>
  <message>
   <location filename="stamping.py" />
   <source>It answers: stamped on {0} by {1}.</source>
   <translation>Er antwortet: gestempelt am {0} von {1}.</translation>
  </message>
 </context>
 <context>
  <name>TimestampPanel</name>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Asking the authority…</source>
   <translation>Der Dienst wird gefragt…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Choose file…</source>
   <translation>Datei wählen…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Each day the end of the audit trail is stamped there. Only a hash of it leaves this computer.</source>
   <translation>Jeden Tag wird das Ende des Prüfprotokolls dort gestempelt. Nur ein Hash davon verlässt diesen Computer.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Its certificates</source>
   <translation>Seine Zertifikate</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Off: nobody else says when the audit trail was as it is.</source>
   <translation>Aus: Niemand sonst bezeugt, wann das Prüfprotokoll so war.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>PEM file of the authority</source>
   <translation>PEM-Datei des Dienstes</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Timestamp authority</source>
   <translation>Zeitstempeldienst</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Try it</source>
   <translation>Ausprobieren</translation>
  </message>
 </context>
 <context>
  <name>Tour</name>
  <message>
   <location filename="tour_steps.py" />
   <source>A name, opinions, and why</source>
   <translation>Ein Name, Meinungen und warum</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>All cells at a glance</source>
   <translation>Alle Zellen auf einen Blick</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Done</source>
   <translation>Fertig</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Leave the tour</source>
   <translation>Rundgang verlassen</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Look at the cell and say what it is: press one of these buttons, or its key. Nothing can break here: Backspace takes your label back.</source>
   <translation>Sehen Sie die Zelle an und sagen Sie, was sie ist: mit einer dieser Schaltflächen oder ihrer Taste. Hier kann nichts kaputtgehen: Die Rücktaste nimmt Ihr Urteil zurück.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Next</source>
   <translation>Weiter</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>See the case as it prints, and export it as PDF with Ctrl+E. Everything is saved as you work.</source>
   <translation>Sehen Sie den Fall, wie er gedruckt wird, und exportieren Sie ihn mit Strg+E als PDF. Alles wird beim Arbeiten gespeichert.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Skip</source>
   <translation>Auslassen</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>That was it: your label counts from now on, and what the program said stays beside it, as its own.</source>
   <translation>Das war’s: Ihr Urteil zählt von jetzt an, und was das Programm sagte, bleibt als dessen Wort daneben stehen.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The models</source>
   <translation>Die Modelle</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The picture</source>
   <translation>Das Bild</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The program first says what a cell is. Whether a mononuclear cell is leukemic is asked of two networks and of its figures of shape, each on its own. The key M shows what an opinion rests on, period and comma go to the next map. The amber band is where the program is unsure.</source>
   <translation>Das Programm sagt zuerst, was eine Zelle ist. Ob eine mononukleäre Zelle leukämisch ist, sagen zwei Netze und ihre Formmaße, jedes für sich. Die Taste M zeigt, worauf eine Meinung beruht, Punkt und Komma gehen zur nächsten Karte. Im bernsteinfarbenen Band ist das Programm unsicher.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The report</source>
   <translation>Der Bericht</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>This is the demo case, drawn by the program. Every white cell is found and boxed. Zoom with the wheel, drag to move, click a cell. Drop your own images anywhere.</source>
   <translation>Dies ist der Demofall, vom Programm gezeichnet. Jede weiße Zelle wird gefunden und umrahmt. Zoomen Sie mit dem Rad, ziehen Sie zum Verschieben, klicken Sie auf eine Zelle. Legen Sie eigene Bilder irgendwo ab.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Unsure cells wait for you. Walk with the arrows or Space; L, H and U set your label, the digits say what the cell is, as on a bench counter; Settings can give them other keys. Everything can be undone with Ctrl+Z.</source>
   <translation>Unsichere Zellen warten auf Sie. Gehen Sie mit den Pfeilen oder der Leertaste; L, H und U setzen Ihr Urteil, die Ziffern sagen, was die Zelle ist, wie am Zählgerät; in den Einstellungen bekommen die Klassen andere Tasten. Alles lässt sich mit Strg+Z zurücknehmen.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>What judges, how well, and on which cells that was measured. F1 shows all keys.</source>
   <translation>Was urteilt, wie gut, und an welchen Zellen das gemessen wurde. F1 zeigt alle Tasten.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Your turn: name this cell</source>
   <translation>Sie sind dran: Benennen Sie diese Zelle</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>{0} of {1}</source>
   <translation>{0} von {1}</translation>
  </message>
 </context>
 <context>
  <name>TriedWays</name>
  <message>
   <location filename="tried_ways.py" />
   <source>95 % interval</source>
   <translation>95-%-Intervall</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Around the cell</source>
   <translation>Um die Zelle herum</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Cell {0} as the network sees it</source>
   <translation>Zelle {0}, wie das Netz sie sieht</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Fed so, it does not tell leukemic from healthy cells. It can be imported, and judges only when you write down why.</source>
   <translation>So trennt es leukämische nicht von gesunden Zellen. Es kann importiert werden und urteilt nur, wenn Sie aufschreiben, warum.</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Samples</source>
   <translation>Abtastwerte</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Three of the cells as the network sees them, fed so</source>
   <translation>Drei der Zellen, wie das Netz sie auf diesem Weg sieht</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Ways of feeding the model, the proposed one first</source>
   <translation>Wege, dem Modell Zellen zu geben, der vorgeschlagene zuerst</translation>
  </message>
 </context>
 <context>
  <name>Undo</name>
  <message>
   <location filename="undo.py" />
   <source>bring a cell back</source>
   <translation>Zelle zurückholen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>bring case “{0}” back</source>
   <translation>Fall „{0}“ zurückholen</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>change a box</source>
   <translation>einen Rahmen ändern</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>comment on a cell</source>
   <translation>eine Zelle kommentieren</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>count cells once</source>
   <translation>Zellen nur einmal zählen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>draw a cell</source>
   <translation>Zelle einzeichnen</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>judge again</source>
   <translation>erneut beurteilen</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label {0} cells “{1}”</source>
   <translation>{0} Zellen „{1}“ nennen</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label “{0}”</source>
   <translation>Kennzeichnung „{0}“</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>merge cells</source>
   <translation>Zellen vereinen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>put case “{0}” away</source>
   <translation>Fall „{0}“ weglegen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove a cell</source>
   <translation>Zelle entfernen</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>remove stopped images</source>
   <translation>angehaltene Bilder entfernen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove “{0}”</source>
   <translation>„{0}“ entfernen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>scale of “{0}”</source>
   <translation>Maßstab von „{0}“</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>split a cell</source>
   <translation>eine Zelle teilen</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take a comment back</source>
   <translation>einen Kommentar zurücknehmen</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take label back</source>
   <translation>Kennzeichnung zurücknehmen</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take {0} labels back</source>
   <translation>{0} Labels zurücknehmen</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>take “{0}”</source>
   <translation>„{0}“ aufnehmen</translation>
  </message>
 </context>
 <context>
  <name>VerdictPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>All {0} models agree.</source>
   <translation>Alle {0} Modelle stimmen überein.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Both models agree.</source>
   <translation>Beide Modelle stimmen überein.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Drawn by {0}.</source>
   <translation>Eingezeichnet von {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Labeled by {0}.</source>
   <translation>Gekennzeichnet von {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not a mononuclear cell: the leukemia models were not asked.</source>
   <translation>Keine mononukleäre Zelle: Die Leukämiemodelle wurden nicht gefragt.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>One model was asked.</source>
   <translation>Ein Modell wurde gefragt.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Probability of leukemic, all opinions combined</source>
   <translation>Wahrscheinlichkeit für leukämisch, alle Meinungen vereint</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Removed by {0}: it does not count. The Delete key brings it back.</source>
   <translation>Von {0} entfernt: zählt nicht. Die Entf-Taste holt sie zurück.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The models lean to different sides.</source>
   <translation>Die Modelle neigen zu verschiedenen Seiten.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The program was unsure: {0}</source>
   <translation>Das Programm war unsicher: {0}</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>a person</source>
   <translation>ein Mensch</translation>
  </message>
 </context>
 <context>
  <name>Verdicts</name>
  <message>
   <location filename="verdicts.py" />
   <source>Healthy</source>
   <translation>Gesund</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Leukemic</source>
   <translation>Leukämisch</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Program: {0}.</source>
   <translation>Programm: {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>Die Zelle ist weder klar leukämisch noch klar gesund.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>Die Zelle gleicht nichts, was das Programm kennt.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>Die Zelle gleicht nicht den mononukleären Zellen, die die Leukämiemodelle kennen.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>Die Zelle sieht wie eine Vorläuferzelle aus; ein Mensch muss sie benennen.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>Das Bild ist nicht gut genug für ein Urteil.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The models disagree.</source>
   <translation>Die Modelle sind uneins.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>Das Programm kann nicht sagen, was für eine Zelle das ist.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Das sieht nicht wie eine weiße Blutzelle aus.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Unsure</source>
   <translation>Unsicher</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: {0}.</source>
   <translation>Sie: {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: –</source>
   <translation>Sie: –</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>a precursor</source>
   <translation>eine Vorstufe</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>image not good enough</source>
   <translation>Bild nicht gut genug</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>inside the unsure band</source>
   <translation>im unsicheren Bereich</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>leans {0}</source>
   <translation>eher {0}</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>models disagree</source>
   <translation>Modelle uneins</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>no white cell</source>
   <translation>keine weiße Blutzelle</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>not named</source>
   <translation>nicht benannt</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike anything known</source>
   <translation>nichts Bekanntem ähnlich</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike its training cells</source>
   <translation>anders als seine Trainingszellen</translation>
  </message>
 </context>
 <context>
  <name>Waiting</name>
  <message>
   <location filename="waiting_words.py" />
   <source>1 image waits</source>
   <translation>1 Bild wartet</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Go on judging</source>
   <translation>Weiter beurteilen</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>One moment, this is being read.</source>
   <translation>Einen Moment, das wird gelesen.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Open images…</source>
   <translation>Bilder öffnen…</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are judged one after the other, and appear here. You can close the program meanwhile.</source>
   <translation>Sie werden nacheinander beurteilt und erscheinen hier. Sie können das Programm inzwischen schließen.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are stopped, and stay in the case.</source>
   <translation>Sie sind angehalten und bleiben im Fall.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>{0} images wait</source>
   <translation>{0} Bilder warten</translation>
  </message>
 </context>
 <context>
  <name>Words</name>
  <message>
   <location filename="text.py" />
   <source>1 cell</source>
   <translation>1 Zelle</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>1 image</source>
   <translation>1 Bild</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} cells</source>
   <translation>{0} Zellen</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} images</source>
   <translation>{0} Bilder</translation>
  </message>
 </context>
 <context>
  <name>WorkBar</name>
  <message>
   <location filename="card.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="card.py" />
   <source>Stopping</source>
   <translation>Wird angehalten</translation>
  </message>
 </context>
 <context>
  <name>WorklistAskingController</name>
  <message>
   <location filename="worklist_asking.py" />
   <source>Stopped; nothing was taken.</source>
   <translation>Angehalten; nichts wurde übernommen.</translation>
  </message>
 </context>
 <context>
  <name>WorklistEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>A case that you put away stands here until somebody brings it back or erases it.</source>
   <translation>Ein Fall, den Sie weglegen, steht hier, bis ihn jemand zurückholt oder löscht.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Clear the search</source>
   <translation>Suche leeren</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>New case</source>
   <translation>Neuer Fall</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case fits</source>
   <translation>Kein Fall passt</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No cases yet</source>
   <translation>Noch keine Fälle</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Nothing is put away</source>
   <translation>Nichts ist weggelegt</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Show the list</source>
   <translation>Die Liste zeigen</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Start a new case, or drop images anywhere on this window.</source>
   <translation>Beginnen Sie einen neuen Fall oder legen Sie Bilder irgendwo auf dieses Fenster.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Try fewer letters, or clear the search.</source>
   <translation>Versuchen Sie weniger Buchstaben oder leeren Sie die Suche.</translation>
  </message>
 </context>
 <context>
  <name>WorklistPage</name>
  <message>
   <location filename="page.py" />
   <source>Case number</source>
   <translation>Fallnummer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Enter opens the case, or begins it (Ctrl+K)</source>
   <translation>Eingabe öffnet den Fall oder beginnt ihn (Strg+K)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find a case</source>
   <translation>Fall suchen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find number, patient, specimen or notes</source>
   <translation>Nummer, Patient, Probe oder Notizen suchen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import a list of cases</source>
   <translation>Eine Liste von Fällen einlesen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import list…</source>
   <translation>Liste einlesen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Lists</source>
   <translation>Listen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>New case</source>
   <translation>Neuer Fall</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Order {0} of {1}</source>
   <translation>Auftrag {0} von {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that were taken stay</source>
   <translation>Übernommene Aufträge bleiben</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Scan or type a case number</source>
   <translation>Fallnummer scannen oder eingeben</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Take orders from a table (CSV) or from HL7 messages</source>
   <translation>Aufträge aus einer Tabelle (CSV) oder aus HL7-Nachrichten übernehmen</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Worklist</source>
   <translation>Arbeitsliste</translation>
  </message>
 </context>
 <context>
  <name>WorklistPanel</name>
  <message>
   <location filename="worklist_panel.py" />
   <source>Ask now</source>
   <translation>Jetzt abfragen</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asked {0}. New cases: {1}; changed: {2}; there already: {3}.</source>
   <translation>Abgefragt {0}. Neue Fälle: {1}; geändert: {2}; schon da: {3}.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asking…</source>
   <translation>Wird abgefragt…</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asks as {0}, by the certificates above, while this window is open. Empty asks nobody.</source>
   <translation>Fragt als {0} ab, mit den Zertifikaten oben, solange dieses Fenster offen ist. Leer fragt niemanden.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>By hand</source>
   <translation>Von Hand</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>DICOM worklist</source>
   <translation>DICOM-Arbeitsliste</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Each {0} min</source>
   <translation>Alle {0} min</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>For example SM; empty: all</source>
   <translation>Zum Beispiel SM; leer: alle</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Is asked</source>
   <translation>Wird abgefragt</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Not taken: {0}; see the messages above.</source>
   <translation>Nicht übernommen: {0}; siehe die Nachrichten oben.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Only this modality</source>
   <translation>Nur diese Modalität</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
 </context>
</TS>
