<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
 <context>
  <name>AboutSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Everything stays on this computer: no account, no network.</source>
   <translation>Tout reste sur cet ordinateur : ni compte, ni réseau.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Figures, thresholds and training data of each model stand on the Models page.</source>
   <translation>Les chiffres, seuils et données d’entraînement de chaque modèle figurent à la page Modèles.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Two models judge each white blood cell on their own and show what they looked at. Where they disagree, are unsure, or see something they were never trained on, the cell waits for a person.</source>
   <translation>Deux modèles jugent chaque globule blanc séparément et montrent ce qu’ils ont regardé. Là où ils sont en désaccord, hésitent ou voient ce qu’ils n’ont jamais appris, la cellule attend une personne.</translation>
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
   <translation>À propos de LeukoScope</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Actual pixels</source>
   <translation>Pixels réels</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add all images of a folder</source>
   <translation>Ajouter toutes les images d’un dossier</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add image files to the case</source>
   <translation>Ajouter des fichiers image au cas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add the image or files you copied</source>
   <translation>Ajouter l’image ou les fichiers copiés</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Adjust the display</source>
   <translation>Régler l’affichage</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>All cases</source>
   <translation>Tous les cas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Amend…</source>
   <translation>Amender…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Artifact</source>
   <translation>Artéfact</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Audit trail</source>
   <translation>Journal d’audit</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Basophil</source>
   <translation>Basophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blast</source>
   <translation>Blaste</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Boxes</source>
   <translation>Cadres</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Brightness, contrast, gamma and white of what you see; what is judged stays as it is</source>
   <translation>Luminosité, contraste, gamma et blanc de l’affichage ; ce qui est jugé reste tel quel</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Bring the chosen cell close</source>
   <translation>Rapprocher la cellule choisie</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Capture</source>
   <translation>Capture</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Case</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Cell</source>
   <translation>Cellule</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Cells cut out</source>
   <translation>Cellules détourées</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Cells of each class, and another case beside</source>
   <translation>Cellules de chaque classe, et un autre cas à côté</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Close LeukoScope; everything is saved</source>
   <translation>Fermer LeukoScope ; tout est enregistré</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Comment on cell</source>
   <translation>Commenter la cellule</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Contour lines</source>
   <translation>Lignes de contour</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy the whole image</source>
   <translation>Copier l’image entière</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy what is in view</source>
   <translation>Copier la partie visible</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Count table</source>
   <translation>Tableau de comptage</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Dark or light</source>
   <translation>Sombre ou clair</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Do the step again</source>
   <translation>Refaire l’étape</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a box around a cell that was missed; it is judged like the others</source>
   <translation>Dessinez un cadre autour d’une cellule manquée ; elle est évaluée comme les autres</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a cell</source>
   <translation>Dessiner une cellule</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Draw a line, an ellipse or an outline: its length in µm and its area in µm²</source>
   <translation>Tracer une ligne, une ellipse ou un contour : longueur en µm et aire en µm²</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Edit</source>
   <translation>Modifier</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Edit case header</source>
   <translation>Modifier l’en-tête du cas</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophil</source>
   <translation>Éosinophile</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Erase case for good…</source>
   <translation>Effacer le cas définitivement…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblast</source>
   <translation>Érythroblaste</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Every key on one page</source>
   <translation>Toutes les touches sur une page</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Evidence for the other side</source>
   <translation>Indices pour l’autre côté</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export DICOM…</source>
   <translation>Exporter en DICOM…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export FHIR…</source>
   <translation>Exporter en FHIR…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export HL7…</source>
   <translation>Exporter en HL7…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export PDF report…</source>
   <translation>Exporter le rapport PDF…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export everything…</source>
   <translation>Tout exporter…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export table…</source>
   <translation>Exporter le tableau…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export without the patient’s data…</source>
   <translation>Exporter sans les données du patient…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Fit image</source>
   <translation>Ajuster l’image</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>For your support; without patient data</source>
   <translation>Pour votre support ; sans données de patients</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Full screen</source>
   <translation>Plein écran</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Gallery only</source>
   <translation>Galerie seule</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Give the whole page to the cells</source>
   <translation>Donner toute la page aux cellules</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go back one cell</source>
   <translation>Reculer d’une cellule</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go on after a label</source>
   <translation>Continuer après une étiquette</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Go on judging</source>
   <translation>Continuer à juger</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell of the gallery</source>
   <translation>Aller à la cellule suivante de la galerie</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell that needs a person</source>
   <translation>Aller à la cellule suivante qui a besoin d’une personne</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Heat or contour lines</source>
   <translation>Chaleur ou lignes de contour</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Help</source>
   <translation>Aide</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Images and cells of the case</source>
   <translation>Images et cellules du cas</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocyte</source>
   <translation>Granulocyte immature</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge all images of the case again with the models of now; your labels stay</source>
   <translation>Juger de nouveau toutes les images du cas avec les modèles actuels ; vos étiquettes restent</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge case again</source>
   <translation>Juger de nouveau le cas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge failed images again</source>
   <translation>Juger de nouveau les images en échec</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge image again</source>
   <translation>Juger de nouveau l’image</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the shown image again with the models of now; your labels stay</source>
   <translation>Juger de nouveau l’image affichée avec les modèles actuels ; vos étiquettes restent</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the stopped images of the case</source>
   <translation>Juger les images arrêtées du cas</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep as example</source>
   <translation>Garder comme exemple</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep the cell as an example of what you say it is; all examples are on the page Quality</source>
   <translation>Garder la cellule comme exemple de ce que vous en dites ; tous les exemples sont à la page Qualité</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keys</source>
   <translation>Touches</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label healthy</source>
   <translation>Étiqueter saine</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label leukemic</source>
   <translation>Étiqueter leucémique</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label unsure</source>
   <translation>Étiqueter incertaine</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Larger</source>
   <translation>Plus grand</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Lock screen</source>
   <translation>Verrouiller l’écran</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocyte</source>
   <translation>Lymphocyte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Make one cell of the chosen ones of an image; it is judged</source>
   <translation>Faire une seule cellule des cellules choisies d’une image ; elle est jugée</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map</source>
   <translation>Carte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 2</source>
   <translation>Carte 2</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 3</source>
   <translation>Carte 3</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 4</source>
   <translation>Carte 4</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 5</source>
   <translation>Carte 5</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 6</source>
   <translation>Carte 6</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 7</source>
   <translation>Carte 7</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 8</source>
   <translation>Carte 8</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 9</source>
   <translation>Carte 9</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Mark reviewed</source>
   <translation>Marquer comme relu</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Measure</source>
   <translation>Mesurer</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Measure a stage micrometer, or name objective and camera</source>
   <translation>Mesurer un micromètre objet, ou indiquer objectif et caméra</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Merge cells</source>
   <translation>Fusionner les cellules</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Models</source>
   <translation>Modèles</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocyte</source>
   <translation>Monocyte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize box</source>
   <translation>Déplacer ou redimensionner le cadre</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize the box of the cell; it is judged again</source>
   <translation>Déplacer ou redimensionner le cadre de la cellule ; elle est jugée à nouveau</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Name the class</source>
   <translation>Nommer la classe</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophil</source>
   <translation>Neutrophile</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>New case</source>
   <translation>Nouveau cas</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next cell</source>
   <translation>Cellule suivante</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next image</source>
   <translation>Image suivante</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next map</source>
   <translation>Carte suivante</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next unsure cell</source>
   <translation>Cellule incertaine suivante</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cell</source>
   <translation>Pas un leucocyte</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Nobody goes on without a password</source>
   <translation>Personne ne continue sans mot de passe</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>One image pixel for one screen pixel</source>
   <translation>Un pixel d’image pour un pixel d’écran</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open a signed case again, with a reason</source>
   <translation>Rouvrir un cas signé, avec un motif</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open folder…</source>
   <translation>Ouvrir un dossier…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open images…</source>
   <translation>Ouvrir des images…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Overview</source>
   <translation>Vue d’ensemble</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Paste image</source>
   <translation>Coller une image</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous cell</source>
   <translation>Cellule précédente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous image</source>
   <translation>Image précédente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous map</source>
   <translation>Carte précédente</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print report…</source>
   <translation>Imprimer le rapport…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print the page with the result, or the whole report</source>
   <translation>Imprimer la page du résultat ou tout le rapport</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Put a line across the cell that makes two of it; both are judged</source>
   <translation>Tracer une ligne qui fait deux cellules de celle-ci ; les deux sont jugées</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Put case away</source>
   <translation>Ranger le cas</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the part of the image that is in view into the clipboard, with boxes, maps and scale bar</source>
   <translation>Mettre la partie visible de l’image dans le presse-papiers, avec cadres, cartes et échelle</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the whole image into the clipboard, with its scale bar and without boxes</source>
   <translation>Mettre l’image entière dans le presse-papiers, avec l’échelle et sans cadres</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Quality</source>
   <translation>Qualité</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Quit</source>
   <translation>Quitter</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Redo</source>
   <translation>Rétablir</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Remove cell</source>
   <translation>Retirer la cellule</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove image</source>
   <translation>Retirer l’image</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove stopped images</source>
   <translation>Retirer les images arrêtées</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Supprimer les données du patient de cet ordinateur ; personne ne peut les récupérer</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Report</source>
   <translation>Rapport</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Review</source>
   <translation>Examen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Save fault report…</source>
   <translation>Enregistrer le rapport d’incident…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save the whole image…</source>
   <translation>Enregistrer l’image entière…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save what is in view…</source>
   <translation>Enregistrer la partie visible…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Say that every cell has been looked at</source>
   <translation>Dire que chaque cellule a été regardée</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send images, boxes and report; the outbox shows how it goes</source>
   <translation>Envoyer images, cadres et rapport ; la boîte d’envoi montre l’avancement</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as FHIR; the outbox shows how it goes</source>
   <translation>Envoyer le résultat en FHIR ; la boîte d’envoi montre où il en est</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as HL7 message; the outbox shows how it goes</source>
   <translation>Envoyer le résultat en message HL7 ; la boîte d’envoi montre l’avancement</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the DICOM archive</source>
   <translation>Envoyer à l’archive DICOM</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the FHIR server</source>
   <translation>Envoyer au serveur FHIR</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the hospital’s system</source>
   <translation>Envoyer au système de l’hôpital</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Set scale…</source>
   <translation>Régler l’échelle…</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Settings</source>
   <translation>Réglages</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Show another image of the case beside this one; a click in the strip chooses it</source>
   <translation>Montrer une autre image du cas à côté de celle-ci ; un clic dans la bande la choisit</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Show map</source>
   <translation>Afficher la carte</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 2</source>
   <translation>Afficher la carte 2</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 3</source>
   <translation>Afficher la carte 3</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 4</source>
   <translation>Afficher la carte 4</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 5</source>
   <translation>Afficher la carte 5</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 6</source>
   <translation>Afficher la carte 6</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 7</source>
   <translation>Afficher la carte 7</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 8</source>
   <translation>Afficher la carte 8</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 9</source>
   <translation>Afficher la carte 9</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide the boxes around cells</source>
   <translation>Afficher ou masquer les cadres des cellules</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide why the models think so</source>
   <translation>Afficher ou masquer le pourquoi des modèles</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the cells as the models saw them, or in their surroundings</source>
   <translation>Montrer les cellules telles que les modèles les ont vues, ou dans leur environnement</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the image before</source>
   <translation>Afficher l’image précédente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the map before</source>
   <translation>Afficher la carte précédente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the nearest of the cells that people of the laboratory have decided</source>
   <translation>Montrer les plus proches des cellules que des personnes du laboratoire ont décidées</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next cell without a label as soon as one is given, unsure ones first</source>
   <translation>Montrer la cellule suivante sans étiquette dès qu’une est donnée, les incertaines d’abord</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next image of the case</source>
   <translation>Afficher l’image suivante du cas</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next map of the cell</source>
   <translation>Afficher la carte suivante de la cellule</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the whole image</source>
   <translation>Afficher l’image entière</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Side by side</source>
   <translation>Côte à côte</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Sign…</source>
   <translation>Signer…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Similar cells</source>
   <translation>Cellules semblables</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Smaller</source>
   <translation>Plus petit</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cell</source>
   <translation>Cellule écrasée</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Split cell</source>
   <translation>Diviser la cellule</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stand for the case; it is read-only then</source>
   <translation>Répondre du cas ; il est ensuite en lecture seule</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Start a new case</source>
   <translation>Commencer un nouveau cas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop judging images; what is done stays, the others wait</source>
   <translation>Arrêter de juger ; ce qui est fait reste, les autres attendent</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop work</source>
   <translation>Arrêter le travail</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Switch between dark and light</source>
   <translation>Basculer entre sombre et clair</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take images that are stopped and not judged out of the case; can be undone</source>
   <translation>Retirer du cas les images arrêtées et non jugées ; annulable</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take out what is no white cell; can be undone</source>
   <translation>Retire ce qui n’est pas un leucocyte ; peut être annulé</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the case off the list; it can be brought back</source>
   <translation>Retirer le cas de la liste ; il peut être rappelé</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the last step back</source>
   <translation>Annuler la dernière étape</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the shown image out of the case; can be undone</source>
   <translation>Retirer l’image affichée du cas ; peut être annulé</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take your label back</source>
   <translation>Retirer votre étiquette</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Teach the program your own microscope</source>
   <translation>Apprendre au programme votre propre microscope</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The case report as it prints</source>
   <translation>Le rapport du cas tel qu’il s’imprime</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The live camera; Space holds, Enter takes</source>
   <translation>La caméra en direct ; Espace fige, Entrée prend</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program in one minute</source>
   <translation>Le programme en une minute</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program’s label counts again</source>
   <translation>L’étiquette du programme compte à nouveau</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Theme, names and defaults</source>
   <translation>Thème, noms et valeurs par défaut</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Tour</source>
   <translation>Visite</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Try again with the images of the case that could not be judged</source>
   <translation>Réessayer avec les images du cas qui n’ont pas pu être jugées</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Undo</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Use the whole screen</source>
   <translation>Utiliser tout l’écran</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>View</source>
   <translation>Affichage</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What it is and is not for</source>
   <translation>À quoi il sert et ne sert pas</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>What judges, and how well</source>
   <translation>Ce qui juge, et avec quelle justesse</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What speaks against the label</source>
   <translation>Ce qui parle contre l’étiquette</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Where on the slide the images were taken: a map, where the stage of the microscope told their places</source>
   <translation>Où les images ont été prises sur la lame : une carte, si la platine du microscope a indiqué leurs emplacements</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Who changed what, when and why</source>
   <translation>Qui a changé quoi, quand et pourquoi</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Worklist</source>
   <translation>Liste de travail</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write images, boxes and report as DICOM</source>
   <translation>Écrire images, cadres et rapport en DICOM</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write number, patient, stain …</source>
   <translation>Écrire numéro, patient, coloration …</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one row for each cell as CSV</source>
   <translation>Écrire une ligne par cellule en CSV</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip with all formats and the images</source>
   <translation>Écrire un zip avec tous les formats et les images</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip without names, numbers and true dates; look at the images yourself</source>
   <translation>Écrire un zip sans noms, numéros ni vraies dates ; regardez vous-même les images</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as FHIR R4 for other systems</source>
   <translation>Écrire le cas en FHIR R4 pour d’autres systèmes</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as HL7 v2 result message</source>
   <translation>Écrire le cas en message de résultat HL7 v2</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case report as PDF</source>
   <translation>Écrire le rapport du cas en PDF</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the part of the image that is in view as PNG or JPEG, with boxes, maps and scale bar</source>
   <translation>Écrire la partie visible de l’image en PNG ou JPEG, avec cadres, cartes et échelle</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the whole image as PNG or JPEG, with its scale bar and without boxes</source>
   <translation>Écrire l’image entière en PNG ou JPEG, avec l’échelle et sans cadres</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Write what strikes you about the cell; it stands in the report beside it</source>
   <translation>Écrire ce qui frappe dans la cellule ; le rapport l’indique à côté d’elle</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: artifact</source>
   <translation>Vous dites : artéfact</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: basophil</source>
   <translation>Vous dites : basophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: blast</source>
   <translation>Vous dites : blaste</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: eosinophil</source>
   <translation>Vous dites : éosinophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: erythroblast</source>
   <translation>Vous dites : érythroblaste</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: healthy</source>
   <translation>Vous dites : saine</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: immature granulocyte</source>
   <translation>Vous dites : granulocyte immature</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: leukemic</source>
   <translation>Vous dites : leucémique</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: lymphocyte</source>
   <translation>Vous dites : lymphocyte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: monocyte</source>
   <translation>Vous dites : monocyte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: neutrophil</source>
   <translation>Vous dites : neutrophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: no white cell</source>
   <translation>Vous dites : pas un leucocyte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: smudge cell</source>
   <translation>Vous dites : cellule écrasée</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: unsure</source>
   <translation>Vous dites : incertaine</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom in</source>
   <translation>Agrandir</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom out</source>
   <translation>Réduire</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom to cell</source>
   <translation>Zoomer sur la cellule</translation>
  </message>
 </context>
 <context>
  <name>ActivationCard</name>
  <message>
   <location filename="activation_card.py" />
   <source>Belongs to</source>
   <translation>Appartient à</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Beside {0}, which speaks now, the locked patients say: {1}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>À côté de {0}, qui parle maintenant, les patients réservés disent : {1}. Écrivez pourquoi il doit parler quand même ; cela figure au journal d’audit.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It does not speak. From the next image on it will, once it is activated; old cases stay as they are.</source>
   <translation>Il ne s’exprime pas. Il le fera dès la prochaine image une fois activé ; les anciens cas restent tels quels.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It speaks now: in this window, live, and at the command line. Findings and reports name it.</source>
   <translation>Il s’exprime maintenant : dans cette fenêtre, en direct et en ligne de commande. Les résultats et les comptes rendus le nomment.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It was not compared with {0}, which speaks now: do that under Proof, or write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Il n’a pas été comparé à {0}, qui parle maintenant : faites-le sous Preuve, ou écrivez pourquoi il doit parler quand même ; cela figure au journal d’audit.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Its proof says: {0}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Sa preuve dit : {0}. Écrivez pourquoi il doit s’exprimer malgré tout ; cela figure au journal d’audit.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let it speak</source>
   <translation>L’activer</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let the shipped models speak again</source>
   <translation>Revenir aux modèles livrés</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Proof</source>
   <translation>Preuve</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason</source>
   <translation>Motif</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason (stands in the audit trail, may be empty)</source>
   <translation>Motif (figure au journal d’audit, peut rester vide)</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Save as a file…</source>
   <translation>Enregistrer dans un fichier…</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Signature</source>
   <translation>Signature</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Taught</source>
   <translation>Appris le</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Wanted accuracy</source>
   <translation>Exactitude voulue</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>With</source>
   <translation>Avec</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>{0}: {1} of {2} patients</source>
   <translation>{0} : {1} de {2} patients</translation>
  </message>
 </context>
 <context>
  <name>AgreementView</name>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, classes</source>
   <translation>Kappa de Cohen, classes</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, leukemic or healthy</source>
   <translation>Kappa de Cohen, leucémique ou saine</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Earlier class (rows), class now (columns)</source>
   <translation>Classe antérieure (lignes), classe actuelle (colonnes)</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Fleiss’ kappa</source>
   <translation>Kappa de Fleiss</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Named alike</source>
   <translation>Nommées de même</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>no cell</source>
   <translation>aucune cellule</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>not known: all {0} cells were named alike</source>
   <translation>inconnu : les {0} cellules ont été nommées de même</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} ({1} to {2}), {3} cells</source>
   <translation>{0} ({1} à {2}), {3} cellules</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against themselves</source>
   <translation>{0} par rapport à soi-même</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against {1}</source>
   <translation>{0} par rapport à {1}</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} and who had decided, on the same cells</source>
   <translation>{0} et qui avait décidé, sur les mêmes cellules</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} of {1} cells ({2} %)</source>
   <translation>{0} cellules sur {1} ({2} %)</translation>
  </message>
 </context>
 <context>
  <name>AmendSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend</source>
   <translation>Amender</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend the signed case</source>
   <translation>Amender le cas signé</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reason</source>
   <translation>Motif</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The signed report stays. Your reason stands on the next one, which must be signed again.</source>
   <translation>Le rapport signé reste. Votre motif figure sur le suivant, qui doit être signé de nouveau.</translation>
  </message>
 </context>
 <context>
  <name>AttentionController</name>
  <message>
   <location filename="attention.py" />
   <source>All images are judged.</source>
   <translation>Toutes les images sont jugées.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>Something could not be finished; the window says what.</source>
   <translation>Une tâche n’a pas pu être terminée ; la fenêtre dit laquelle.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The cells are written.</source>
   <translation>Les cellules sont écrites.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The control slide is measured.</source>
   <translation>La lame de contrôle est mesurée.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The files are written.</source>
   <translation>Les fichiers sont écrits.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The model is imported.</source>
   <translation>Le modèle est importé.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The program is taught; look at Quality.</source>
   <translation>Le programme a appris ; voyez la page Qualité.</translation>
  </message>
 </context>
 <context>
  <name>Attributes</name>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell shape</source>
   <translation>Forme de la cellule</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell size</source>
   <translation>Taille de la cellule</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Chromatin</source>
   <translation>Chromatine</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the cytoplasm</source>
   <translation>Couleur du cytoplasme</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the granules</source>
   <translation>Couleur des granulations</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cytoplasm</source>
   <translation>Cytoplasme</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Granules</source>
   <translation>Granulations</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Kind of granules</source>
   <translation>Type de granulations</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus</source>
   <translation>Noyau</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus to cytoplasm</source>
   <translation>Noyau sur cytoplasme</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Vacuoles</source>
   <translation>Vacuoles</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>band</source>
   <translation>en bâton</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>big</source>
   <translation>grande</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>blue</source>
   <translation>bleu</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>clear</source>
   <translation>clair</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>coarse</source>
   <translation>grossières</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>dense</source>
   <translation>dense</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>frosted</source>
   <translation>dépoli</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>high</source>
   <translation>élevé</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>indented</source>
   <translation>encoché</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>irregular</source>
   <translation>irrégulière</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>light blue</source>
   <translation>bleu clair</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>loose</source>
   <translation>lâche</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>low</source>
   <translation>bas</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>no</source>
   <translation>non</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>none</source>
   <translation>aucune</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>pink</source>
   <translation>rose</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple</source>
   <translation>violet</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple blue</source>
   <translation>bleu violet</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>red</source>
   <translation>rouge</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round</source>
   <translation>ronde</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round, one piece</source>
   <translation>rond, d’un seul tenant</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>segmented, many lobes</source>
   <translation>segmenté, plusieurs lobes</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>small</source>
   <translation>petite</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>two lobes</source>
   <translation>deux lobes</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>yes</source>
   <translation>oui</translation>
  </message>
 </context>
 <context>
  <name>AuditSheet</name>
  <message>
   <location filename="audit_sheet.py" />
   <source>After</source>
   <translation>Après</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Audit trail</source>
   <translation>Journal d’audit</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Before</source>
   <translation>Avant</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Export CSV or PDF…</source>
   <translation>Exporter CSV ou PDF…</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Part</source>
   <translation>Partie</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Reason</source>
   <translation>Motif</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>What</source>
   <translation>Quoi</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>When (UTC)</source>
   <translation>Quand (UTC)</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Who</source>
   <translation>Qui</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>{0} entries checked: none was changed, removed or put in another order.</source>
   <translation>{0} entrées vérifiées : aucune n’a été modifiée, supprimée ou déplacée.</translation>
  </message>
 </context>
 <context>
  <name>AuditTrailController</name>
  <message>
   <location filename="audit_trail.py" />
   <source>Export audit trail</source>
   <translation>Exporter le journal d’audit</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>Table</source>
   <translation>Tableau</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>The audit trail is written.</source>
   <translation>Le journal d’audit est écrit.</translation>
  </message>
 </context>
 <context>
  <name>AuditWords</name>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM archive</source>
   <translation>archive DICOM</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM worklist</source>
   <translation>liste de travail DICOM</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>FHIR server</source>
   <translation>serveur FHIR</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account added</source>
   <translation>compte ajouté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account kept by</source>
   <translation>compte tenu par</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account on or off</source>
   <translation>compte activé ou non</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>accounts</source>
   <translation>comptes</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>amendé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>audit trail exported</source>
   <translation>journal exporté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup restored</source>
   <translation>sauvegarde restaurée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup written</source>
   <translation>sauvegarde écrite</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>begun by an order</source>
   <translation>commencé par une demande</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>box of a cell changed</source>
   <translation>cadre d’une cellule modifié</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case added</source>
   <translation>cas ajouté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case brought back</source>
   <translation>cas rétabli</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case data</source>
   <translation>données du cas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case erased for good</source>
   <translation>cas effacé définitivement</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case kept</source>
   <translation>cas gardé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case number</source>
   <translation>numéro du cas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case put away</source>
   <translation>cas rangé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell brought back</source>
   <translation>cellule rétablie</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell drawn</source>
   <translation>cellule dessinée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell re-read</source>
   <translation>cellule relue</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell removed</source>
   <translation>cellule retirée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell split</source>
   <translation>cellule divisée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell {0}</source>
   <translation>cellule {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cells merged</source>
   <translation>cellules fusionnées</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>comment</source>
   <translation>commentaire</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>conclusion</source>
   <translation>conclusion</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run</source>
   <translation>mesure de contrôle</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run left out</source>
   <translation>mesure de contrôle laissée de côté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>copy kept aside</source>
   <translation>copie mise de côté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>daily backup written</source>
   <translation>sauvegarde quotidienne écrite</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>date of birth</source>
   <translation>date de naissance</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encrypted</source>
   <translation>chiffrée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encryption</source>
   <translation>chiffrement</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>end of the trail exported</source>
   <translation>fin du journal exportée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>erased</source>
   <translation>effacé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>example removed</source>
   <translation>exemple retiré</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>exported</source>
   <translation>exporté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>faults accepted</source>
   <translation>écarts acceptés</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>folder of orders</source>
   <translation>dossier des demandes</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory</source>
   <translation>annuaire de l’hôpital</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory set</source>
   <translation>annuaire de l’hôpital réglé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s system (HL7)</source>
   <translation>système de l’hôpital (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image added</source>
   <translation>image ajoutée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image brought back</source>
   <translation>image rétablie</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image judged again</source>
   <translation>image jugée de nouveau</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image read</source>
   <translation>image lue</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image removed</source>
   <translation>image retirée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image {0}</source>
   <translation>image {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images accepted</source>
   <translation>images acceptées</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images found in a folder</source>
   <translation>images trouvées dans un dossier</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model begins to judge</source>
   <translation>le modèle importé commence à juger</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model brought back</source>
   <translation>modèle importé ramené</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear</source>
   <translation>en clair</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear, not confirmed</source>
   <translation>en clair, non confirmée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging resumed</source>
   <translation>jugement repris</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging stopped</source>
   <translation>jugement arrêté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept as an example</source>
   <translation>gardée comme exemple</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept by the archive</source>
   <translation>conservé par l’archive</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>label</source>
   <translation>étiquette</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>labeled cells exported</source>
   <translation>cellules étiquetées exportées</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>laboratory</source>
   <translation>laboratoire</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for orders (HL7)</source>
   <translation>ligne des demandes (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for the archive’s answers</source>
   <translation>ligne pour les réponses de l’archive</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line to another system</source>
   <translation>liaison avec un autre système</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>listening for orders</source>
   <translation>à l’écoute des demandes</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>locked test part looked at</source>
   <translation>partie de test verrouillée consultée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>looked at</source>
   <translation>consulté</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>message seen to</source>
   <translation>message traité</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>minutes until the screen locks</source>
   <translation>minutes avant le verrouillage</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>models compared</source>
   <translation>modèles comparés</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>new password</source>
   <translation>nouveau mot de passe</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>no image there</source>
   <translation>aucune image à cet endroit</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>none</source>
   <translation>aucune</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>notes</source>
   <translation>notes</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>number of the order at its sender</source>
   <translation>numéro de la demande chez son émetteur</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>off</source>
   <translation>désactivé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on</source>
   <translation>activé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on this computer</source>
   <translation>sur cet ordinateur</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>operator</source>
   <translation>opérateur</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order cancelled</source>
   <translation>demande annulée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order changed</source>
   <translation>demande modifiée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>other models judge</source>
   <translation>d'autres modèles jugent</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature</source>
   <translation>mot de passe pour signer</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature refused</source>
   <translation>mot de passe pour signer refusé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient</source>
   <translation>patient</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient number</source>
   <translation>numéro du patient</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>priority</source>
   <translation>priorité</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>put into the outbox</source>
   <translation>mis dans la boîte d’envoi</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>re-read begun</source>
   <translation>relecture commencée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>refused</source>
   <translation>refusé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>repaired</source>
   <translation>réparé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>report {0}</source>
   <translation>rapport {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>role of an account</source>
   <translation>rôle d’un compte</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rows changed</source>
   <translation>lignes modifiées</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rule</source>
   <translation>règle</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sealed as found</source>
   <translation>scellé en l’état</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sent</source>
   <translation>envoyé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>server called</source>
   <translation>serveur appelé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sex</source>
   <translation>sexe</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>shared database</source>
   <translation>base de données partagée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sign-in refused</source>
   <translation>connexion refusée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>signé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed in</source>
   <translation>connexion</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile in force</source>
   <translation>profil du laboratoire en vigueur</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile retired</source>
   <translation>profil du laboratoire retiré</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile taught</source>
   <translation>profil du laboratoire appris</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profiles compared</source>
   <translation>profils du laboratoire comparés</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>specimen</source>
   <translation>prélèvement</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stain</source>
   <translation>coloration</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>state</source>
   <translation>état</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>the clock went back</source>
   <translation>l’horloge a reculé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>to be judged again</source>
   <translation>à juger de nouveau</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token made</source>
   <translation>jeton créé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token refused</source>
   <translation>jeton refusé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token revoked</source>
   <translation>jeton révoqué</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>two people sign</source>
   <translation>deux personnes signent</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image brought back</source>
   <translation>image en attente remise</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image removed</source>
   <translation>image en attente retirée</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image {0}</source>
   <translation>image en attente {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting images sealed as found</source>
   <translation>images en attente scellées telles quelles</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what becomes of a broken control rule</source>
   <translation>effet d’une règle de contrôle enfreinte</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what this workstation remembers did not fit</source>
   <translation>la mémoire du poste ne concordait pas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>{0} entries</source>
   <translation>{0} entrées</translation>
  </message>
 </context>
 <context>
  <name>AutomaticCapture</name>
  <message>
   <location filename="automatic_capture.py" />
   <source>All {0} pictures are taken.</source>
   <translation>Les {0} images sont prises.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>Picture {0} of {1} in {2:.0f} s</source>
   <translation>Image {0} sur {1} dans {2:.0f} s</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>{0} were left out: the disk was too slow.</source>
   <translation>{0} ont été omises : le disque était trop lent.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>“{0}” holds {1} pictures.</source>
   <translation>« {0} » contient {1} images.</translation>
  </message>
 </context>
 <context>
  <name>BesidePane</name>
  <message>
   <location filename="beside_pane.py" />
   <source>One zoom</source>
   <translation>Zoom commun</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Second image</source>
   <translation>Deuxième image</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Show one image only</source>
   <translation>Ne montrer qu’une image</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The image before, on this side</source>
   <translation>L’image précédente, de ce côté</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The next image, on this side</source>
   <translation>L’image suivante, de ce côté</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Zoom both images together</source>
   <translation>Zoomer les deux images ensemble</translation>
  </message>
 </context>
 <context>
  <name>Browser</name>
  <message>
   <location filename="texts.py" />
   <source>Arrow keys go from cell to cell, N to the next unsure one.</source>
   <translation>Les flèches vont de cellule en cellule, N à la prochaine incertaine.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Back to the worklist</source>
   <translation>Retour à la liste de travail</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases {0} to {1}</source>
   <translation>Cas {0} à {1}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: your label is taken back.</source>
   <translation>Cellule {0} : votre étiquette est retirée.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} has written “{2}” meanwhile. Yours is “{3}”. Nothing of it is lost.</source>
   <translation>Cellule {0} : entre-temps, {1} a écrit « {2} ». Le vôtre est « {3} ». Rien n’est perdu.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}” meanwhile. You wanted “{3}”. Nothing of it is lost: choose.</source>
   <translation>Cellule {0} : entre-temps, {1} dit « {2} ». Vous vouliez « {3} ». Rien n’est perdu : choisissez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}”. Say “{3}”.</source>
   <translation>Cellule {0} : {1} dit « {2} ». Dire « {3} ».</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1}.</source>
   <translation>Cellule {0} : {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose all cells shown</source>
   <translation>Choisir toutes les cellules affichées</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose one cell only</source>
   <translation>Choisir une seule cellule</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose several cells</source>
   <translation>Choisir plusieurs cellules</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Every cell has a label.</source>
   <translation>Chaque cellule a une étiquette.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Field with cells</source>
   <translation>Champ avec cellules</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep all of theirs</source>
   <translation>Garder toutes les leurs</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep theirs</source>
   <translation>Garder le sien</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep “{0}”</source>
   <translation>Garder « {0} »</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keys of the review</source>
   <translation>Touches de la revue</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Language</source>
   <translation>Langue</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Loading…</source>
   <translation>Chargement…</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Mine</source>
   <translation>Le mien</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Next page</source>
   <translation>Page suivante</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No case fits; write less, or choose all states.</source>
   <translation>Aucun cas ne correspond ; écrivez moins ou choisissez tous les états.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No unsure cell is left.</source>
   <translation>Il ne reste aucune cellule incertaine.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Nobody can sign in here: accounts are off. An administrator turns them on.</source>
   <translation>Personne ne peut se connecter ici : les comptes sont désactivés. Un administrateur les active.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Plus and minus zoom, F shows the whole image, Z the cell, arrow keys move it; with the mouse: wheel and drag.</source>
   <translation>Plus et moins agrandissent et réduisent, F montre toute l’image, Z la cellule, les flèches la déplacent ; à la souris : molette et glisser.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Previous page</source>
   <translation>Page précédente</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Probability of leukemic</source>
   <translation>Probabilité de leucémique</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Save</source>
   <translation>Enregistrer</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say mine where marked</source>
   <translation>Mettre la mienne où c’est coché</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say “{0}”</source>
   <translation>Dire « {0} »</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Sign out</source>
   <translation>Se déconnecter</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Skip to the content</source>
   <translation>Aller au contenu</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has changed this case; what you see is up to date again.</source>
   <translation>Quelqu’un d’autre a modifié ce cas ; ce que vous voyez est de nouveau à jour.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has written into the same fields. Say for each which one stands, then save.</source>
   <translation>Quelqu’un d’autre a écrit dans les mêmes champs. Dites pour chacun ce qui vaut, puis enregistrez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else was faster</source>
   <translation>Quelqu’un d’autre a été plus rapide</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Something unexpected happened; what was saved is there. Try again.</source>
   <translation>Quelque chose d’inattendu s’est produit ; ce qui a été enregistré est là. Réessayez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case has changed since you looked at it. Look at it again, then sign.</source>
   <translation>Le cas a changé depuis que vous l’avez regardé. Regardez-le de nouveau, puis signez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case is signed: nothing can be changed.</source>
   <translation>Le cas est signé : rien ne peut être modifié.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The comment is kept.</source>
   <translation>Le commentaire est enregistré.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The header is saved.</source>
   <translation>L’en-tête est enregistré.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The server cannot be reached. What you said last is not saved yet: try it again.</source>
   <translation>Le serveur est injoignable. Ce que vous avez dit en dernier n’est pas encore enregistré : réessayez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Theirs</source>
   <translation>Le sien</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>There is nothing to undo.</source>
   <translation>Il n’y a rien à annuler.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>This case is no longer in the list.</source>
   <translation>Ce cas n’est plus dans la liste.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Too many calls at once; wait a moment, then go on.</source>
   <translation>Trop de requêtes à la fois ; attendez un instant, puis continuez.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Try again</source>
   <translation>Réessayer</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: cell {0}.</source>
   <translation>Annulé : cellule {0}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: {0} cells.</source>
   <translation>Annulé : {0} cellules.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Write mine</source>
   <translation>Écrire le mien</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You are signed out.</source>
   <translation>Vous êtes déconnecté.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out because nothing was done for a while; sign in again.</source>
   <translation>Vous avez été déconnecté après une période d’inactivité ; connectez-vous de nouveau.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Vous avez été déconnecté ; connectez-vous de nouveau.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your account may look, not decide.</source>
   <translation>Votre compte peut regarder, pas décider.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your label</source>
   <translation>Votre étiquette</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>no label</source>
   <translation>aucune étiquette</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells are chosen: what you say now is said of all of them.</source>
   <translation>{0} cellules sont choisies : ce que vous dites maintenant vaut pour toutes.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells: {1}.</source>
   <translation>{0} cellules : {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} labels are taken back.</source>
   <translation>{0} étiquettes sont retirées.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells have a person’s label</source>
   <translation>{0} cellules sur {1} étiquetées par une personne</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells were labeled by somebody else meanwhile; the others have your label. Mark where yours shall stand.</source>
   <translation>Quelqu’un d’autre a étiqueté entre-temps {0} cellules sur {1} ; les autres portent votre étiquette. Cochez celles où la vôtre doit rester.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}, {1}: {2}</source>
   <translation>{0}, {1} : {2}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}: somebody else wrote “{1}” meanwhile, you wrote “{2}”.</source>
   <translation>{0} : quelqu’un d’autre a écrit entre-temps « {1} », vous avez écrit « {2} ».</translation>
  </message>
 </context>
 <context>
  <name>CalibrationController</name>
  <message>
   <location filename="calibration.py" />
   <source>Another case is open now; the scale of its images stays as it is.</source>
   <translation>Un autre cas est ouvert maintenant ; l’échelle de ses images reste telle quelle.</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>New images are taken at the scale of “{0}”.</source>
   <translation>Les nouvelles images sont prises à l’échelle de « {0} ».</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>The images of this case are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Les images de ce cas sont jugées à nouveau à l’échelle de « {0} » ; vos étiquettes restent.</translation>
  </message>
 </context>
 <context>
  <name>CameraChoice</name>
  <message>
   <location filename="camera_choice.py" />
   <source>Address of the camera, for example rtsp://…</source>
   <translation>Adresse de la caméra, par exemple rtsp://…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Camera</source>
   <translation>Caméra</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Demo smear</source>
   <translation>Frottis de démonstration</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration</source>
   <translation>Configuration de Micro-Manager</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration (*.cfg)</source>
   <translation>Configuration de Micro-Manager (*.cfg)</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager…</source>
   <translation>Micro-Manager…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera</source>
   <translation>Caméra réseau</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera…</source>
   <translation>Caméra réseau…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file</source>
   <translation>Fichier vidéo</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file…</source>
   <translation>Fichier vidéo…</translation>
  </message>
 </context>
 <context>
  <name>CameraSettings</name>
  <message>
   <location filename="camera_settings.py" />
   <source>Automatic</source>
   <translation>Automatique</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Exposure</source>
   <translation>Exposition</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Gain</source>
   <translation>Gain</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Let the camera set this by itself</source>
   <translation>Laisser la caméra régler cela elle-même</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Rate</source>
   <translation>Cadence</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Resolution</source>
   <translation>Résolution</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>White</source>
   <translation>Blanc</translation>
  </message>
 </context>
 <context>
  <name>CapturePage</name>
  <message>
   <location filename="page.py" />
   <source>Choose a camera and start it. The demo smear is always there to practice with.</source>
   <translation>Choisissez une caméra et démarrez-la. Le frottis de démonstration est toujours là pour s’exercer.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Freeze</source>
   <translation>Figer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Go on</source>
   <translation>Continuer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Held. Enter takes it.</source>
   <translation>Figée. Entrée la prend.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It is being opened.</source>
   <translation>Elle s’ouvre.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Live.</source>
   <translation>En direct.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No camera is running</source>
   <translation>Aucune caméra ne tourne</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start</source>
   <translation>Démarrer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start camera</source>
   <translation>Démarrer la caméra</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This camera cannot be used</source>
   <translation>Cette caméra ne peut pas être utilisée</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Waiting for the camera</source>
   <translation>En attente de la caméra</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0}: {1} pictures/s</source>
   <translation>{0} : {1} images/s</translation>
  </message>
 </context>
 <context>
  <name>CaseBar</name>
  <message>
   <location filename="case_bar.py" />
   <source>Case {0}</source>
   <translation>Cas {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Done</source>
   <translation>Terminé</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Export PDF…</source>
   <translation>Exporter le PDF…</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>No case yet</source>
   <translation>Pas encore de cas</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Saved as you type.</source>
   <translation>Enregistré à la frappe.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>The first image begins one.</source>
   <translation>La première image en ouvre un.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended</source>
   <translation>amendé</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended, reviewed</source>
   <translation>amendé, examiné</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>no patient named</source>
   <translation>aucun patient nommé</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>open</source>
   <translation>ouvert</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>operator: {0}</source>
   <translation>opérateur : {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>reviewed</source>
   <translation>examiné</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>signed</source>
   <translation>signé</translation>
  </message>
 </context>
 <context>
  <name>CaseController</name>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is in the list again.</source>
   <translation>Le cas {0} est de nouveau dans la liste.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is put away.</source>
   <translation>Le cas {0} est rangé.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>“{0}” is out of the case.</source>
   <translation>« {0} » est hors du cas.</translation>
  </message>
 </context>
 <context>
  <name>CaseDetails</name>
  <message>
   <location filename="details.py" />
   <source>Bring back</source>
   <translation>Rappeler</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Bring the case back first</source>
   <translation>Rappelez d’abord le cas</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Erase for good…</source>
   <translation>Effacer définitivement…</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Off the list; it can be brought back from the state “Put away”</source>
   <translation>Hors de la liste ; peut être rappelé depuis l’état « Rangé »</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Open case</source>
   <translation>Ouvrir le cas</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Priority</source>
   <translation>Priorité</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Put away</source>
   <translation>Rangé</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Supprimer les données du patient de cet ordinateur ; personne ne peut les récupérer</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>The case is in the list again</source>
   <translation>Le cas est de nouveau dans la liste</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>put away</source>
   <translation>rangé</translation>
  </message>
 </context>
 <context>
  <name>CaseList</name>
  <message>
   <location filename="case_list.py" />
   <source>Age</source>
   <translation>Âge</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Case</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Changed</source>
   <translation>Modifié</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Images</source>
   <translation>Images</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Priority</source>
   <translation>Priorité</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Specimen, stain</source>
   <translation>Échantillon, coloration</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>State</source>
   <translation>État</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Unsure · leukemic · healthy</source>
   <translation>Incertaine · leucémique · saine</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>amendé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>open</source>
   <translation>ouvert</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>reviewed</source>
   <translation>examiné</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>routine</source>
   <translation>routine</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>signé</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stat</source>
   <translation>immédiat</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>today {0}</source>
   <translation>aujourd’hui {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>urgent</source>
   <translation>urgent</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} d</source>
   <translation>{0} j</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} failed</source>
   <translation>{0} en échec</translation>
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
   <translation>{0} incertaines, {1} leucémiques, {2} saines</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} waiting</source>
   <translation>{0} en attente</translation>
  </message>
 </context>
 <context>
  <name>CaseTable</name>
  <message>
   <location filename="case_table.py" />
   <source>Cases</source>
   <translation>Cas</translation>
  </message>
 </context>
 <context>
  <name>CellChangesController</name>
  <message>
   <location filename="cell_changes.py" />
   <source>Drag the box to move it, a handle to resize it; arrow keys move, with Shift they resize, and Enter keeps it. Escape gives up.</source>
   <translation>Tirer le cadre pour le déplacer, une poignée pour le redimensionner ; les flèches déplacent, avec Maj elles redimensionnent, et Entrée le garde. Échap abandonne.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Draw a line between the two cells; or move it with the arrow keys, turn it with Shift, and press Enter. Escape gives up.</source>
   <translation>Tracer une ligne entre les deux cellules ; ou la déplacer avec les flèches, la tourner avec Maj, et appuyer sur Entrée. Échap abandonne.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Give up</source>
   <translation>Abandonner</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Only cells of one image can be merged; choose such cells.</source>
   <translation>Seules des cellules d’une même image peuvent être fusionnées ; en choisir de telles.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell has its new box and was judged again.</source>
   <translation>La cellule a son nouveau cadre et a été jugée à nouveau.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell is two now; both were judged.</source>
   <translation>La cellule est devenue deux ; les deux ont été jugées.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cells are one now; it was judged.</source>
   <translation>Les cellules n’en font plus qu’une ; elle a été jugée.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The changed cell is judged …</source>
   <translation>La cellule modifiée est jugée…</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Their labels differed, so it has none; look at it.</source>
   <translation>Leurs étiquettes différaient, elle n’en a donc aucune ; la regarder.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>This image is not shown yet; wait for it, or choose another cell.</source>
   <translation>Cette image n’est pas encore affichée ; l’attendre ou choisir une autre cellule.</translation>
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
   <translation>Artéfacts</translation>
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
   <translation>Basophiles</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blasts</source>
   <translation>Blastes</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>EOS</source>
   <translation>ÉOS</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophils</source>
   <translation>Éosinophiles</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblasts</source>
   <translation>Érythroblastes</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>IG</source>
   <translation>GI</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocytes</source>
   <translation>Granulocytes immatures</translation>
  </message>
  <message>
   <location filename="class_marks.py" />
   <source>LEUK</source>
   <translation>LEUC</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>LYM</source>
   <translation>LYM</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocytes</source>
   <translation>Lymphocytes</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>MON</source>
   <translation>MON</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocytes</source>
   <translation>Monocytes</translation>
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
   <translation>PLE</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophils</source>
   <translation>Neutrophiles</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cells</source>
   <translation>Pas des leucocytes</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Not named</source>
   <translation>Non nommées</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>SMU</source>
   <translation>ÉCR</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cells</source>
   <translation>Cellules écrasées</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>artifact</source>
   <translation>artefact</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>basophil</source>
   <translation>polynucléaire basophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>blast</source>
   <translation>blaste</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>eosinophil</source>
   <translation>polynucléaire éosinophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>erythroblast</source>
   <translation>érythroblaste</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>immature granulocyte</source>
   <translation>granuleux immature</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>lymphocyte</source>
   <translation>lymphocyte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>monocyte</source>
   <translation>monocyte</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>neutrophil</source>
   <translation>polynucléaire neutrophile</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>no white cell</source>
   <translation>pas un globule blanc</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>smudge cell</source>
   <translation>ombre de Gumprecht</translation>
  </message>
 </context>
 <context>
  <name>CellDrag</name>
  <message>
   <location filename="cell_drag.py" />
   <source>This cell</source>
   <translation>Cette cellule</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>let go over a group or a label</source>
   <translation>relâcher sur un groupe ou une étiquette</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
 </context>
 <context>
  <name>CellEditingController</name>
  <message>
   <location filename="cell_editing.py" />
   <source>Bring cell back</source>
   <translation>Remettre la cellule</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Draw a box around the whole cell; Escape gives up.</source>
   <translation>Dessinez un cadre autour de toute la cellule ; Échap abandonne.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Give up</source>
   <translation>Abandonner</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell counts again.</source>
   <translation>La cellule compte de nouveau.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell in the box is judged …</source>
   <translation>La cellule du cadre est évaluée …</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is in the case.</source>
   <translation>La cellule est dans le cas.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is out of the case.</source>
   <translation>La cellule est hors du cas.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>This image cannot be shown, so nothing can be drawn on it.</source>
   <translation>Cette image ne peut pas être affichée : rien ne peut y être dessiné.</translation>
  </message>
 </context>
 <context>
  <name>CellExportCard</name>
  <message>
   <location filename="cell_export_card.py" />
   <source>Cells cut out, for python -m training, and for teaching on another day.</source>
   <translation>Cellules détourées, pour python -m training et pour enseigner un autre jour.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Folder of cells</source>
   <translation>Dossier de cellules</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>For an engineer: cells as files</source>
   <translation>Pour l’ingénieur : des cellules en fichiers</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout</source>
   <translation>Disposition</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout of the files</source>
   <translation>Disposition des fichiers</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Looking for decided cells</source>
   <translation>Recherche des cellules décidées</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Save cells as files…</source>
   <translation>Enregistrer les cellules en fichiers…</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>The locked patients too</source>
   <translation>Aussi les patients mis à l’écart</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>This counts as a look at them.</source>
   <translation>Cela compte comme un regard sur eux.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>What people decided in reviewed and signed cases, as new files under pseudonyms: no name, number, date or file name of a case is in them.</source>
   <translation>Ce que des personnes ont décidé dans des cas relus et signés, en fichiers nouveaux sous pseudonymes : aucun nom, numéro, date ni nom de fichier d’un cas n’y figure.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Whole images with boxes and classes of all cells in them.</source>
   <translation>Images entières avec les cadres et les classes de toutes leurs cellules.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>{0} of {1} written</source>
   <translation>{0} sur {1} écrites</translation>
  </message>
 </context>
 <context>
  <name>CellExportController</name>
  <message>
   <location filename="cell_export.py" />
   <source>Folder for the cells: an empty one, or one in which a folder is made for them</source>
   <translation>Dossier pour les cellules : vide, ou dans lequel un dossier est créé pour elles</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Open</source>
   <translation>Ouvrir</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Stopped: no cell has left.</source>
   <translation>Arrêté : aucune cellule n’est sortie.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} cells of {1} patients were written to “{2}”. Look at the images before they leave: what is written on a slide is still there.</source>
   <translation>{0} cellules de {1} patients ont été écrites dans « {2} ». Regarder les images avant qu’elles ne sortent : ce qui est écrit sur une lame y est encore.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} locked patients stayed.</source>
   <translation>{0} patients mis à l’écart sont restés.</translation>
  </message>
 </context>
 <context>
  <name>CellGallery</name>
  <message>
   <location filename="cell_orders.py" />
   <source>All cells</source>
   <translation>Toutes les cellules</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>All {0}</source>
   <translation>Toutes {0}</translation>
  </message>
  <message>
   <location filename="gallery.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Cells appear here as they are found.</source>
   <translation>Les cellules apparaissent ici au fur et à mesure.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Clusters of cells</source>
   <translation>Amas de cellules</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Cut off by the edge</source>
   <translation>Coupées par le bord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Drawn by a person</source>
   <translation>Dessinées par une personne</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>Group of cells</source>
   <translation>Groupe de cellules</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Healthy first</source>
   <translation>Saines d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Image quality in doubt</source>
   <translation>Qualité d’image douteuse</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Labeled by a person</source>
   <translation>Étiquetée par une personne</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest disagreement first</source>
   <translation>Plus grand désaccord d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest first</source>
   <translation>Les plus grandes d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Leukemic first</source>
   <translation>Leucémiques d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Models disagree</source>
   <translation>Modèles en désaccord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most doubtful first</source>
   <translation>Les plus douteuses d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most unusual first</source>
   <translation>Les plus inhabituelles d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most useful next</source>
   <translation>Les plus utiles d’abord</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>No cell of this case is in this choice: choose another one, or show all.</source>
   <translation>Aucune cellule de ce cas ne fait partie de ce choix : choisissez-en un autre ou affichez tout.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Not labeled by a person</source>
   <translation>Non étiquetée par une personne</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Order of cells</source>
   <translation>Ordre des cellules</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Reading order</source>
   <translation>Ordre de lecture</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Removed by a person</source>
   <translation>Retirées par une personne</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Show all cells</source>
   <translation>Afficher toutes les cellules</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Smallest first</source>
   <translation>Les plus petites d’abord</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Unlike the training data</source>
   <translation>Différentes des données d’entraînement</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Which cells</source>
   <translation>Quelles cellules</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} cells</source>
   <translation>{0} cellules sur {1}</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} removed</source>
   <translation>{0} retirées sur {1}</translation>
  </message>
 </context>
 <context>
  <name>CellList</name>
  <message>
   <location filename="cell_list.py" />
   <source>Cell {0}</source>
   <translation>Cellule {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>a person</source>
   <translation>une personne</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>drawn by {0}</source>
   <translation>dessinée par {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>labeled by {0}</source>
   <translation>étiquetée par {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>removed by {0}</source>
   <translation>retirée par {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>{0} remarks: {1}</source>
   <translation>{0} remarque : {1}</translation>
  </message>
 </context>
 <context>
  <name>CellMenu</name>
  <message>
   <location filename="cell_menu.py" />
   <source>This cell</source>
   <translation>Cette cellule</translation>
  </message>
  <message>
   <location filename="cell_menu.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
 </context>
 <context>
  <name>CellsCard</name>
  <message>
   <location filename="cells_card.py" />
   <source>A folder of labeled cells</source>
   <translation>Un dossier de cellules étiquetées</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells of each patient</source>
   <translation>Cellules par patient</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells that were decided in reviewed or signed cases count, under pseudonyms of their patients. Or take a folder, sorted as CLASS/PATIENT/image: choose it, or drop it here. Useful are 20 cells of 3 patients of each class.</source>
   <translation>Comptent les cellules décidées dans des cas relus ou signés, sous des pseudonymes de leurs patients. Ou un dossier rangé en CLASSE/PATIENT/image : choisissez-le, ou déposez-le ici. Il est utile d’avoir 20 cellules de 3 patients par classe.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Choose a folder…</source>
   <translation>Choisir un dossier…</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Class</source>
   <translation>Classe</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Go on: teach</source>
   <translation>Continuer : apprendre</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Images that are there twice and count once: {0}.</source>
   <translation>Images présentes deux fois et comptées une fois : {0}.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Left out</source>
   <translation>Laissées de côté</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscope : caméra et objectif</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Missing</source>
   <translation>Il manque</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Nothing is missing.</source>
   <translation>Il ne manque rien.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Of these</source>
   <translation>Dont</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Patients</source>
   <translation>Patients</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take cells of reviewed cases</source>
   <translation>Prendre les cellules des cas relus</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take only cells of this one</source>
   <translation>Ne prendre que les cellules de celui-ci</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>To be settled: images under labels that differ</source>
   <translation>À régler : images sous des étiquettes différentes</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Which cells have people named?</source>
   <translation>Quelles cellules ont été nommées par des personnes ?</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>You can teach with these; with what is missing, it can be told whether it is better.</source>
   <translation>Vous pouvez apprendre avec celles-ci ; avec ce qui manque, on pourra dire si c’est mieux.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>and {0} more</source>
   <translation>et {0} de plus</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>nothing</source>
   <translation>rien</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} cellules de {1} patients dans {2}</translation>
  </message>
 </context>
 <context>
  <name>ChartPlot</name>
  <message>
   <location filename="chart_plot.py" />
   <source>Chart: {0}</source>
   <translation>Carte : {0}</translation>
  </message>
  <message>
   <location filename="chart_plot.py" />
   <source>{0} (left out)</source>
   <translation>{0} (laissée de côté)</translation>
  </message>
 </context>
 <context>
  <name>ChartsView</name>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of which nobody knows what they were taken with</source>
   <translation>Cas du jour dont on ignore avec quoi ils ont été pris</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of {0}</source>
   <translation>Cas du jour de {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Left out: {0}</source>
   <translation>Laissée de côté : {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Run {0}, {1}, {2} fields, {3}.</source>
   <translation>Mesure {0}, {1}, {2} champs, {3}.</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>{0}: {1} cells of the daily cases.</source>
   <translation>{0} : {1} cellules des cas quotidiens.</translation>
  </message>
 </context>
 <context>
  <name>Checklist</name>
  <message>
   <location filename="checklist.py" />
   <source>All images are judged.</source>
   <translation>Toutes les images sont jugées.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Daily control reports nothing.</source>
   <translation>Le contrôle quotidien ne signale rien.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No cell was judged in this case.</source>
   <translation>Aucune cellule n’a été jugée dans ce cas.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No person has decided on a cell: the program's labels count.</source>
   <translation>Personne n’a décidé d’une cellule : ce sont les avis du programme qui comptent.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No unsure cell waits for a person.</source>
   <translation>Aucune cellule incertaine n’attend une personne.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Show</source>
   <translation>Montrer</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Somebody else must sign.</source>
   <translation>Quelqu’un d’autre doit signer.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>The quality of all images is good.</source>
   <translation>La qualité de toutes les images est bonne.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>in the way</source>
   <translation>fait obstacle</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>look at it</source>
   <translation>à regarder</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>well</source>
   <translation>en ordre</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells are unsure and wait for a person.</source>
   <translation>{0} cellules sur {1} sont incertaines et attendent une personne.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells were decided by a person: {2}.</source>
   <translation>{0} cellules sur {1} ont été décidées par une personne : {2}.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are not judged yet.</source>
   <translation>{0} images sur {1} ne sont pas encore jugées.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are of poor quality.</source>
   <translation>{0} images sur {1} sont de qualité médiocre.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images could not be judged.</source>
   <translation>{0} images sur {1} n’ont pas pu être jugées.</translation>
  </message>
 </context>
 <context>
  <name>ClassKeysTable</name>
  <message>
   <location filename="class_keys_table.py" />
   <source>A key is one letter or one digit; choose another one.</source>
   <translation>Une touche est une lettre ou un chiffre ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>As on a bench counter</source>
   <translation>Comme sur un compteur</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Give every class its first key again</source>
   <translation>Rendre à chaque classe sa première touche</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Key for “{0}”</source>
   <translation>Touche pour « {0} »</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} is for “{1}”; choose another one.</source>
   <translation>La touche {0} sert à « {1} » ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} names “{1}”; give that class another key first.</source>
   <translation>La touche {0} nomme « {1} » ; donnez d’abord une autre touche à cette classe.</translation>
  </message>
 </context>
 <context>
  <name>ClassStep</name>
  <message>
   <location filename="class_step.py" />
   <source>0 healthy, 1 leukemic</source>
   <translation>0 saine, 1 leucémique</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>0 leukemic, 1 healthy</source>
   <translation>0 leucémique, 1 saine</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Benign, Early, Pre, Pro, or what class_indices prints</source>
   <translation>Benign, Early, Pre, Pro, ou ce qu'affiche class_indices</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose for each class what it means.</source>
   <translation>Choisir pour chaque classe ce qu'elle signifie.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose…</source>
   <translation>Choisir…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Classes</source>
   <translation>Classes</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Folder that it was trained on</source>
   <translation>Dossier de son entraînement</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>From a folder…</source>
   <translation>D'un dossier…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of its figures. What each means is proposed from its name.</source>
   <translation>Dans l'ordre de ses valeurs. Ce que chacune signifie est proposé d'après son nom.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of the model's figures, as it was trained with them</source>
   <translation>Dans l'ordre des valeurs du modèle, comme à son entraînement</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>More or other classes</source>
   <translation>Plus de classes ou d'autres</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Names of the classes</source>
   <translation>Noms des classes</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Output</source>
   <translation>Sortie</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Proposed from the names: look whether it is right.</source>
   <translation>Proposé d'après les noms : vérifier que c'est juste.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The folder that it was trained on: Keras numbers its folders in the order of the alphabet</source>
   <translation>Le dossier de son entraînement : Keras numérote ses dossiers par ordre alphabétique</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures. Names propose what each means; or choose it yourself below.</source>
   <translation>Le modèle donne {0} valeurs. Les noms proposent ce que chacune signifie ; ou choisir ci-dessous.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures: choose “More or other classes” and say what each means.</source>
   <translation>Le modèle donne {0} valeurs : choisir « Plus de classes ou d'autres » et dire ce que chacune signifie.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The only one that fits</source>
   <translation>La seule qui convient</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What class {0} means</source>
   <translation>Ce que signifie la classe {0}</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What its outputs mean</source>
   <translation>Ce que signifient ses sorties</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Which of the model's outputs says what a cell is</source>
   <translation>Quelle sortie du modèle dit ce qu'est une cellule</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Write down the names of the model's classes, in the order of its figures.</source>
   <translation>Écrire les noms des classes du modèle, dans l'ordre de ses valeurs.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>healthy</source>
   <translation>saine</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>leukemic</source>
   <translation>leucémique</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>neither (other)</source>
   <translation>ni l'une ni l'autre (other)</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0} classes are named, but the model gives figures for {1}.</source>
   <translation>{0} classes sont nommées, mais le modèle donne des valeurs pour {1}.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0}, {1} figures</source>
   <translation>{0}, {1} valeurs</translation>
  </message>
 </context>
 <context>
  <name>ClosingController</name>
  <message>
   <location filename="closing.py" />
   <source>The window stays open, since not everything could be saved: {0}</source>
   <translation>La fenêtre reste ouverte, car tout n’a pas pu être enregistré : {0}</translation>
  </message>
  <message>
   <location filename="closing.py" />
   <source>Try again and close</source>
   <translation>Réessayer et fermer</translation>
  </message>
 </context>
 <context>
  <name>CommentField</name>
  <message>
   <location filename="comment_field.py" />
   <source>Comment on the cell</source>
   <translation>Commentaire sur la cellule</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>It stands in the report beside the cell; Enter keeps it, Escape takes it back</source>
   <translation>Il figure dans le rapport à côté de la cellule ; Entrée le garde, Échap l’annule</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>a person</source>
   <translation>une personne</translation>
  </message>
 </context>
 <context>
  <name>CommitmentPanel</name>
  <message>
   <location filename="commitment_panel.py" />
   <source>Archive’s answers come to</source>
   <translation>Les réponses de l’archive arrivent à</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Asked for</source>
   <translation>Demandé</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Hears the archive on {0}.</source>
   <translation>Écoute l’archive sur {0}.</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Not asked for</source>
   <translation>Non demandé</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Storage commitment</source>
   <translation>Engagement de stockage</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>The archive is asked whether it keeps what was sent; the outbox shows what it says of each object. An archive that answers on a line of its own needs the address above.</source>
   <translation>On demande à l’archive si elle conserve ce qui a été envoyé ; la boîte d’envoi montre ce qu’elle dit de chaque objet. Une archive qui répond par sa propre connexion a besoin de l’adresse ci-dessus.</translation>
  </message>
 </context>
 <context>
  <name>ConclusionForm</name>
  <message>
   <location filename="conclusion_form.py" />
   <source>Conclusion</source>
   <translation>Conclusion</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Put one of the lab’s phrases in; the Settings page has them</source>
   <translation>Insérer une des phrases du laboratoire ; elles sont dans les réglages</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Standard phrases</source>
   <translation>Phrases types</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>What the result means, in your words; stands on top of the report</source>
   <translation>Ce que le résultat signifie, en vos mots ; figure en tête du rapport</translation>
  </message>
 </context>
 <context>
  <name>ControlCamera</name>
  <message>
   <location filename="control_camera.py" />
   <source>Begin again</source>
   <translation>Recommencer</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure the fields</source>
   <translation>Mesurer les champs</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure {0} fields</source>
   <translation>Mesurer {0} champs</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start camera</source>
   <translation>Démarrer la caméra</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start the camera, then take three fields at least, better five.</source>
   <translation>Démarrez la caméra, puis prenez au moins trois champs, de préférence cinq.</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Stop camera</source>
   <translation>Arrêter la caméra</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Take this field</source>
   <translation>Prendre ce champ</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Waiting for the camera</source>
   <translation>En attente de la caméra</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>{0} of {1} fields are taken; move the slide between two.</source>
   <translation>{0} champs sur {1} sont pris ; déplacez la lame entre deux.</translation>
  </message>
 </context>
 <context>
  <name>ControlChartController</name>
  <message>
   <location filename="control_charts.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Une lame de contrôle est déjà en cours de mesure ; attendez, ou arrêtez-la d’abord.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Fields of a control slide</source>
   <translation>Champs d’une lame de contrôle</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Folder of a control slide</source>
   <translation>Dossier d’une lame de contrôle</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Images ({0});;Tous les fichiers (*)</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Open</source>
   <translation>Ouvrir</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Run {0} counts no longer.</source>
   <translation>La mesure {0} ne compte plus.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Save monthly sheet</source>
   <translation>Enregistrer la feuille du mois</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Saved as “{0}”.</source>
   <translation>Enregistré sous « {0} ».</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Stopped: no run was kept.</source>
   <translation>Arrêté : aucune mesure n’a été conservée.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} fields of {1} were measured.</source>
   <translation>{0} champs de {1} ont été mesurés.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} images were left out. The first, {1}: {2}</source>
   <translation>{0} images ont été laissées de côté. La première, {1} : {2}</translation>
  </message>
 </context>
 <context>
  <name>ControlPanel</name>
  <message>
   <location filename="control_panel.py" />
   <source>A control slide that is measured each day shows when stain, lamp, focus or white balance drift.</source>
   <translation>Une lame de contrôle mesurée chaque jour montre quand coloration, lampe, mise au point ou balance des blancs dérivent.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>In control</source>
   <translation>Sous contrôle</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Last run</source>
   <translation>Dernière mesure</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measure control slide</source>
   <translation>Mesurer la lame de contrôle</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measured today at {0}.</source>
   <translation>Mesurée aujourd’hui à {0}.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscope : caméra et objectif</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Month</source>
   <translation>Mois</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not known</source>
   <translation>Inconnu</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not measured today; last on {0}.</source>
   <translation>Pas mesurée aujourd’hui ; la dernière fois le {0}.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Nothing was measured yet.</source>
   <translation>Rien n’a encore été mesuré.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Out of control: {0}</source>
   <translation>Hors contrôle : {0}</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Put the control slide under the microscope, and measure at least three fields of it.</source>
   <translation>Placez la lame de contrôle sous le microscope et mesurez-en au moins trois champs.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Save monthly sheet…</source>
   <translation>Enregistrer la feuille du mois…</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Sheet of a month</source>
   <translation>Feuille d’un mois</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>The first runs are gathered that limits are set from.</source>
   <translation>Les premières mesures, d’où viennent les limites, sont en cours de collecte.</translation>
  </message>
 </context>
 <context>
  <name>ControlPart</name>
  <message>
   <location filename="control_part.py" />
   <source>Keep a stained smear of ordinary blood as control slide and measure it each day. From twenty runs on its figures have limits, and what drifts is named here.</source>
   <translation>Gardez un frottis coloré de sang ordinaire comme lame de contrôle et mesurez-le chaque jour. À partir de vingt mesures, ses valeurs ont des limites, et ce qui dérive est nommé ici.</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>Measure control slide</source>
   <translation>Mesurer la lame de contrôle</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>No control run yet</source>
   <translation>Pas encore de mesure de contrôle</translation>
  </message>
 </context>
 <context>
  <name>ConvertingWindow</name>
  <message>
   <location filename="converting.py" />
   <source>Closing the cases …</source>
   <translation>Fermeture des cas …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stopping …</source>
   <translation>Arrêt en cours …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The backup is being put back</source>
   <translation>La sauvegarde est restaurée</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are being encrypted</source>
   <translation>Les cas sont en cours de chiffrement</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are written in the clear</source>
   <translation>Les cas sont remis en clair</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. Until the backup is checked once more it can be stopped.</source>
   <translation>Le programme se rouvre de lui-même. Tant que la sauvegarde n’est pas revérifiée, on peut l’arrêter.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. What is done stays when you stop it, and it goes on later.</source>
   <translation>Le programme se rouvre de lui-même. Ce qui est fait reste si vous l’arrêtez, et cela continue plus tard.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>{0} of {1} files</source>
   <translation>{0} fichiers sur {1}</translation>
  </message>
 </context>
 <context>
  <name>CountSheet</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Compare with</source>
   <translation>Comparer avec</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Count table</source>
   <translation>Tableau de comptage</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Target</source>
   <translation>Objectif</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>This image</source>
   <translation>Cette image</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>What is counted</source>
   <translation>Ce qui est compté</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Whole case</source>
   <translation>Cas entier</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>no other case</source>
   <translation>aucun autre cas</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
 </context>
 <context>
  <name>CountTable</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Case {0}</source>
   <translation>Cas {0}</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells counted</source>
   <translation>Cellules comptées</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Share (95 % interval)</source>
   <translation>Part (intervalle à 95 %)</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Verdict</source>
   <translation>Verdict</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; enough</source>
   <translation>{0} cellules sur {1} ; suffisant</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; {2} to go</source>
   <translation>{0} cellules sur {1} ; encore {2}</translation>
  </message>
 </context>
 <context>
  <name>DecisionController</name>
  <message>
   <location filename="decisions.py" />
   <source>Nothing was changed: a decision needs the name of who decides.</source>
   <translation>Rien n’a été changé : une décision demande le nom de qui décide.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Redo</source>
   <translation>Rétablir</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Undo</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>What you changed waits for your name. Write it, or press Escape to leave it unchanged.</source>
   <translation>Votre modification attend votre nom. Écrivez-le, ou appuyez sur Échap pour ne rien changer.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who decides? Your name stands beside it, on the report and in the audit trail.</source>
   <translation>Qui décide ? Votre nom figure à côté, sur le rapport et dans le journal d’audit.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who works here from now on? It holds until midnight.</source>
   <translation>Qui travaille ici désormais ? Cela vaut jusqu’à minuit.</translation>
  </message>
 </context>
 <context>
  <name>DecryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who takes this computer, its disk or a new backup can read the cases then. Backups that are encrypted stay so, and need the recovery key or this user’s keyring. The window closes while it is done, and opens again; it can be stopped, and goes on later.</source>
   <translation>Quiconque emporte cet ordinateur, son disque ou une nouvelle sauvegarde pourra alors lire les cas. Les sauvegardes chiffrées le restent et demandent la clé de récupération ou le trousseau de cet utilisateur. La fenêtre se ferme pendant ce temps puis se rouvre ; on peut l’arrêter et continuer plus tard.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write in the clear</source>
   <translation>Remettre en clair</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write the cases in the clear again</source>
   <translation>Remettre les cas en clair</translation>
  </message>
 </context>
 <context>
  <name>DifferentialTable</name>
  <message>
   <location filename="differential_table.py" />
   <source>Blasts among the mononuclear cells: {0} of {1}, {2}.</source>
   <translation>Blastes parmi les cellules mononucléées : {0} sur {1}, {2}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>By a person</source>
   <translation>Par une personne</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Class</source>
   <translation>Classe</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Erythroblasts: {0} for 100 white cells (95 % interval {1} to {2}).</source>
   <translation>Érythroblastes : {0} pour 100 leucocytes (intervalle à 95 % de {1} à {2}).</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Fewer than {0} white cells were counted: the percentages say little.</source>
   <translation>Moins de {0} leucocytes ont été comptés : les pourcentages disent peu.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Not counted: {0}.</source>
   <translation>Non comptées : {0}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Percent (95 % interval)</source>
   <translation>Pour cent (intervalle à 95 %)</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>cut off by the edge: {0}</source>
   <translation>coupées par le bord : {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>erythroblasts: {0}</source>
   <translation>érythroblastes : {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>in clusters: {0}</source>
   <translation>en amas : {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>no white cells: {0}</source>
   <translation>pas des leucocytes : {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} more cells would make every percentage certain within 3 %.</source>
   <translation>Avec {0} cellules de plus, chaque pourcentage serait sûr à 3 % près.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} of {1} cells were counted.</source>
   <translation>{0} cellules sur {1} ont été comptées.</translation>
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
   <translation>Administrateur</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Asking the directory…</source>
   <translation>Interrogation de l’annuaire…</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Attribute of the name</source>
   <translation>Attribut du nom</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>File of the search account</source>
   <translation>Fichier du compte de recherche</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of administrators</source>
   <translation>Groupes des administrateurs</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of reviewers</source>
   <translation>Groupes des relecteurs</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of technicians</source>
   <translation>Groupes des techniciens</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Its name, and below its password</source>
   <translation>Son nom et, dessous, son mot de passe</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Off: only accounts of the laboratory sign in.</source>
   <translation>Désactivé : seuls les comptes du laboratoire se connectent.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>On: people sign in by their name and password of the hospital; accounts of the laboratory go first.</source>
   <translation>Activé : chacun se connecte avec son nom et son mot de passe de l’hôpital ; les comptes du laboratoire passent en premier.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM ; vide : ceux de cet ordinateur</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>People and groups below</source>
   <translation>Personnes et groupes sous</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Reviewer</source>
   <translation>Relecteur</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Set directory</source>
   <translation>Régler l’annuaire</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Sign-in name to try</source>
   <translation>Nom d’utilisateur à essayer</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Technician</source>
   <translation>Technicien</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory answers.</source>
   <translation>L’annuaire répond.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is off.</source>
   <translation>L’annuaire est désactivé.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is set.</source>
   <translation>L’annuaire est réglé.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Trusted certificates</source>
   <translation>Certificats de confiance</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Try it</source>
   <translation>Essayer</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Without a search account</source>
   <translation>Sans compte de recherche</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>cn=group,ou=groups,dc=…; several with ;</source>
   <translation>cn=groupe,ou=groupes,dc=… ; plusieurs avec ;</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is found there. Role: {1}.</source>
   <translation>{0} s’y trouve. Rôle : {1}.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is in none of these groups.</source>
   <translation>{0} n’est dans aucun de ces groupes.</translation>
  </message>
 </context>
 <context>
  <name>DisplayCard</name>
  <message>
   <location filename="display_card.py" />
   <source>Brightness</source>
   <translation>Luminosité</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Click on empty glass in the image; Escape leaves it.</source>
   <translation>Cliquer sur du verre vide dans l’image ; Échap annule.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Close; the display stays changed</source>
   <translation>Fermer ; l’affichage reste modifié</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Display</source>
   <translation>Affichage</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Gamma</source>
   <translation>Gamma</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Only the display changes: what is judged, exported and reported stays as it is.</source>
   <translation>Seul l’affichage change : ce qui est jugé, exporté et rapporté reste tel quel.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Reset</source>
   <translation>Rétablir</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Set white</source>
   <translation>Régler le blanc</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Show images as they are</source>
   <translation>Montrer les images telles quelles</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Then click on empty glass: that place becomes neutral</source>
   <translation>Cliquer ensuite sur du verre vide : cet endroit devient neutre</translation>
  </message>
 </context>
 <context>
  <name>DisplayController</name>
  <message>
   <location filename="display.py" />
   <source>That place is too dark for empty glass; click on a bright one between the cells.</source>
   <translation>Cet endroit est trop sombre pour du verre vide ; cliquer sur un endroit clair entre les cellules.</translation>
  </message>
 </context>
 <context>
  <name>DragDropController</name>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to add to case {0}</source>
   <translation>Déposez pour ajouter au cas {0}</translation>
  </message>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to start a new case</source>
   <translation>Déposez pour commencer un nouveau cas</translation>
  </message>
 </context>
 <context>
  <name>EncryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>A recovery key is shown once, now. Without it nobody can read the cases or their backups when this computer is lost, and nobody can make it again.</source>
   <translation>Une clé de récupération est affichée une seule fois, maintenant. Sans elle, personne ne peut lire les cas ni leurs sauvegardes si cet ordinateur est perdu, et personne ne peut la refaire.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Backups that were written before stay as they are, and deleted files can be found on the disk until it writes over them: encrypt the disk too.</source>
   <translation>Les sauvegardes écrites auparavant restent telles quelles, et les fichiers effacés se retrouvent sur le disque jusqu’à ce qu’il les écrase : chiffrez aussi le disque.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt now</source>
   <translation>Chiffrer maintenant</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt the cases on this computer</source>
   <translation>Chiffrer les cas sur cet ordinateur</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Lock it away, not in this computer. Who has it can read the cases. It is not shown again.</source>
   <translation>Mettez-la sous clé, pas dans cet ordinateur. Qui l’a peut lire les cas. Elle ne sera plus affichée.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Print…</source>
   <translation>Imprimer…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Clé de récupération</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Save as PDF…</source>
   <translation>Enregistrer en PDF…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Show the recovery key</source>
   <translation>Afficher la clé de récupération</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>That is not what stands there; read it from your copy again.</source>
   <translation>Ce n’est pas ce qui y est écrit ; relisez votre copie.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>The window closes while it is done, and opens again: about a minute for a thousand images. It can be stopped, and goes on later; nothing is lost.</source>
   <translation>La fenêtre se ferme pendant ce temps puis se rouvre : environ une minute pour mille images. On peut l’arrêter et continuer plus tard ; rien n’est perdu.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type group {0} from your copy</source>
   <translation>Tapez le groupe {0} de votre copie</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who then takes the disk or a backup reads nothing. Images open a few thousandths of a second later. Files that you export stay readable for everybody.</source>
   <translation>Quiconque emporte ensuite le disque ou une sauvegarde ne lit rien. Les images s’ouvrent quelques millièmes de seconde plus tard. Les fichiers que vous exportez restent lisibles par tous.</translation>
  </message>
 </context>
 <context>
  <name>EncryptionController</name>
  <message>
   <location filename="encryption.py" />
   <source>Choose a folder outside of the program’s own, on another drive at best.</source>
   <translation>Choisissez un dossier hors de ceux du programme, de préférence sur un autre lecteur.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>It cannot be written there; choose another folder.</source>
   <translation>Impossible d’écrire à cet endroit ; choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Save the recovery key on another drive</source>
   <translation>Enregistrer la clé de récupération sur un autre lecteur</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are encrypted, and their key is not here.</source>
   <translation>Les cas sont chiffrés, et leur clé n’est pas ici.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are locked</source>
   <translation>Les cas sont verrouillés</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Type the recovery key…</source>
   <translation>Taper la clé de récupération…</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>recovery key</source>
   <translation>clé de récupération</translation>
  </message>
 </context>
 <context>
  <name>EncryptionPanel</name>
  <message>
   <location filename="encryption_panel.py" />
   <source>Cases, images, reports, the outbox, daily copies and new backups are encrypted. What you export is not.</source>
   <translation>Les cas, les images, les rapports, la boîte d’envoi, les copies quotidiennes et les nouvelles sauvegardes sont chiffrés. Ce que vous exportez ne l’est pas.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Encrypt the cases…</source>
   <translation>Chiffrer les cas…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Go on…</source>
   <translation>Continuer…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Half done: {0} files are still in the clear.</source>
   <translation>À moitié fait : {0} fichiers sont encore en clair.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Off</source>
   <translation>Désactivé</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>On</source>
   <translation>Activé</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The cases are in a shared database; its server encrypts them.</source>
   <translation>Les cas sont dans une base de données partagée ; c’est son serveur qui les chiffre.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The key is in this user’s keyring.</source>
   <translation>La clé est dans le trousseau de cet utilisateur.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>There is no keyring here: the key is in a file of this user. Encrypt this disk too.</source>
   <translation>Il n’y a pas de trousseau ici : la clé est dans un fichier de cet utilisateur. Chiffrez aussi ce disque.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Turning encryption off was interrupted; some files are encrypted, others are not.</source>
   <translation>L’arrêt du chiffrement a été interrompu ; certains fichiers sont chiffrés, d’autres non.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Who takes this computer, its disk or a backup can read the cases.</source>
   <translation>Quiconque emporte cet ordinateur, son disque ou une sauvegarde peut lire les cas.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Write them in the clear again…</source>
   <translation>Les remettre en clair…</translation>
  </message>
 </context>
 <context>
  <name>EraseSheet</name>
  <message>
   <location filename="erase_sheet.py" />
   <source>Case {0}</source>
   <translation>Cas {0}</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase a case for good</source>
   <translation>Effacer un cas définitivement</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase for good</source>
   <translation>Effacer définitivement</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Looking for backups that hold it …</source>
   <translation>Recherche des sauvegardes qui le contiennent …</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>No backup of this computer holds it. Look for copies elsewhere yourself.</source>
   <translation>Aucune sauvegarde de cet ordinateur ne le contient. Cherchez vous-même les copies ailleurs.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Patient, images, findings, labels, signed reports and messages of this case are removed from here, and every word of it in the audit trail. Nobody can bring it back. To take it off the list only, put it away.</source>
   <translation>Patient, images, constats, étiquettes, rapports signés et messages de ce cas sont supprimés d’ici, ainsi que chacun de ses mots dans le journal d’audit. Personne ne peut le récupérer. Pour seulement le retirer de la liste, rangez-le.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason</source>
   <translation>Motif</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason; it stays in the audit trail, so write no name and no number</source>
   <translation>Motif ; il reste dans le journal d’audit, n’écrivez donc ni nom ni numéro</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>These backups still hold it; remove them yourself where you must:</source>
   <translation>Ces sauvegardes le contiennent encore ; supprimez-les vous-même là où vous le devez :</translation>
  </message>
 </context>
 <context>
  <name>ErasingController</name>
  <message>
   <location filename="erasing.py" />
   <source>The case is being erased; freed space is overwritten …</source>
   <translation>Effacement du cas en cours ; l’espace libéré est écrasé …</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The case is erased for good.</source>
   <translation>Le cas est effacé définitivement.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The database server may hold freed pages and archives: ask its administrator for VACUUM FULL and to let old archives go.</source>
   <translation>Le serveur de base de données peut garder des pages libérées et des archives : demandez à son administrateur un VACUUM FULL et la suppression des anciennes archives.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>These backups still hold it: {0}.</source>
   <translation>Ces sauvegardes le contiennent encore : {0}.</translation>
  </message>
 </context>
 <context>
  <name>ExamplesPart</name>
  <message>
   <location filename="examples_part.py" />
   <source>Cells of the laboratory’s own cases, as people decided them. No patient is named here.</source>
   <translation>Cellules des cas du laboratoire, telles que des personnes les ont décidées. Aucun patient n’est nommé ici.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Decided: {0}</source>
   <translation>Décidée : {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Go to the cells</source>
   <translation>Aller aux cellules</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Keep this cell as an example no longer</source>
   <translation>Ne plus garder cette cellule comme exemple</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Kept: {0}</source>
   <translation>Gardée : {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>No example yet</source>
   <translation>Pas encore d’exemple</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Press K on a cell that you have named: it is kept here, as an example of its class.</source>
   <translation>Appuyez sur K sur une cellule que vous avez nommée : elle est gardée ici, comme exemple de sa classe.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>a person</source>
   <translation>une personne</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>{0}: {1}</source>
   <translation>{0} : {1}</translation>
  </message>
 </context>
 <context>
  <name>ExportController</name>
  <message>
   <location filename="exporting.py" />
   <source>Choose a folder for the {0} files</source>
   <translation>Choisissez un dossier pour les fichiers {0}</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Export without the patient’s data</source>
   <translation>Exporter sans les données du patient</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Nobody has set yet where this goes.</source>
   <translation>La destination n’est pas encore réglée.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Open</source>
   <translation>Ouvrir</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Printing page {0} of {1} …</source>
   <translation>Impression de la page {0} sur {1} …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Settings</source>
   <translation>Réglages</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Show</source>
   <translation>Afficher</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The case is in the outbox and is being sent.</source>
   <translation>Le cas est dans la boîte d’envoi et part en ce moment.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report is with the printer.</source>
   <translation>Le rapport est à l’imprimante.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report was not printed; check the printer and try again.</source>
   <translation>Le rapport n’a pas été imprimé ; vérifier l’imprimante et réessayer.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Writing {0} …</source>
   <translation>Écriture de {0} …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>{0} is written.</source>
   <translation>{0} est écrit.</translation>
  </message>
 </context>
 <context>
  <name>FaultReportController</name>
  <message>
   <location filename="fault_reports.py" />
   <source>LeukoScope ended unexpectedly last time; what was saved is there.</source>
   <translation>LeukoScope s’est arrêté de façon inattendue la dernière fois ; ce qui était enregistré est là.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report</source>
   <translation>Enregistrer le rapport</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report…</source>
   <translation>Enregistrer le rapport…</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Something unexpected happened. Save a report without patient data for your support.</source>
   <translation>Un événement inattendu s’est produit. Enregistrez un rapport sans données de patients pour votre support.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Text (*.txt)</source>
   <translation>Texte (*.txt)</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report cannot be written there; choose another folder.</source>
   <translation>Le rapport ne peut être écrit là ; choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report is saved; read it, then send it to your support.</source>
   <translation>Le rapport est enregistré ; lisez-le, puis envoyez-le à votre support.</translation>
  </message>
 </context>
 <context>
  <name>Feeding</name>
  <message>
   <location filename="feeding_words.py" />
   <source>A model that names cells and judges none cannot be tried. It is fed as said above: make sure of it.</source>
   <translation>Un modèle qui nomme les cellules sans les juger ne peut pas être essayé. Il reçoit les cellules comme dit ci-dessus : s'en assurer.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Checking the file</source>
   <translation>Vérification du fichier</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Comparing compiled and original</source>
   <translation>Comparaison du modèle compilé et de l’original</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Compiling</source>
   <translation>Compilation</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Finding its branches</source>
   <translation>Recherche de ses branches</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy cells above leukemic ones: what its outputs mean is probably the other way round; choose the other order under “What its outputs mean” and try again.</source>
   <translation>Quelle que soit la manière de l’alimenter, il place les cellules saines au-dessus des leucémiques : ce que signifient ses sorties est probablement inversé ; choisissez l’autre ordre sous « Ce que signifient ses sorties » et réessayez.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy drawn cells above leukemic ones: what its outputs mean may be the other way round; try it on labeled cells, and if they say the same, choose the other order above.</source>
   <translation>Quelle que soit la manière de l’alimenter, il place les cellules dessinées saines au-dessus des leucémiques : ce que signifient ses sorties est peut-être inversé ; essayez-le sur des cellules étiquetées et, si elles disent la même chose, choisissez l’autre ordre ci-dessus.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Installing</source>
   <translation>Installation</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Loading the model</source>
   <translation>Chargement du modèle</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Looking what it does with samples</source>
   <translation>Examen de ce qu’il fait des échantillons</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Only Keras files can be tried. This one is fed as said above: make sure of it.</source>
   <translation>Seuls les fichiers Keras peuvent être essayés. Celui-ci reçoit ses cellules comme indiqué ci-dessus : assurez-vous que c’est juste.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Setting the scale of the maps</source>
   <translation>Réglage de l’échelle des cartes</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy cells of yours, the proposed way first.</source>
   <translation>Essayé sur {0} de vos cellules leucémiques et {1} saines, la manière proposée en premier.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy drawn cells, the proposed way first.</source>
   <translation>Essayé sur {0} cellules leucémiques et {1} saines dessinées, la manière proposée en premier.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying the maps</source>
   <translation>Essai des cartes</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying way {0} of {1}</source>
   <translation>Essai de la manière {0} sur {1}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>divided by {0}</source>
   <translation>divisé par {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>gray</source>
   <translation>gris</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>in its surroundings, {0} of {1} pixels</source>
   <translation>dans son entourage, {0} pixels sur {1}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean and deviation of ImageNet</source>
   <translation>moyenne et écart type d’ImageNet</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean of ImageNet taken away</source>
   <translation>moyenne d’ImageNet retirée</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>minus {0}</source>
   <translation>moins {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>no number</source>
   <translation>aucun nombre</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on black, {0} of {1} pixels</source>
   <translation>sur noir, {0} pixels sur {1}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on its mean color, {0} of {1} pixels</source>
   <translation>sur sa couleur moyenne, {0} pixels sur {1}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>the whole image</source>
   <translation>l’image entière</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy drawn cells</source>
   <translation>{0} sur {1} cellules leucémiques et {2} saines dessinées</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy labeled cells</source>
   <translation>{0} sur {1} cellules leucémiques et {2} saines étiquetées</translation>
  </message>
 </context>
 <context>
  <name>FeedingStep</name>
  <message>
   <location filename="feeding_step.py" />
   <source>A folder with one folder for each class</source>
   <translation>Un dossier avec un dossier par classe</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Around the cell</source>
   <translation>Autour de la cellule</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds DenseNet (torch)</source>
   <translation>Comme Keras le fait pour DenseNet (torch)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds Inception and MobileNet (tf)</source>
   <translation>Comme Keras le fait pour Inception et MobileNet (tf)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds VGG and ResNet (caffe)</source>
   <translation>Comme Keras le fait pour VGG et ResNet (caffe)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>At least 4 pictures of each side, in folders that are named leukemic and healthy, by classes of cells, or as published sets name them. Take cells that the network was not trained on.</source>
   <translation>Au moins 4 images de chaque côté, dans des dossiers nommés leukemic et healthy, par classes de cellules, ou comme les nomment les jeux publiés. Prenez des cellules sur lesquelles le réseau n’a pas été entraîné.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Cells to try it on</source>
   <translation>Cellules pour l’essai</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose folder…</source>
   <translation>Choisir un dossier…</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose only what you know of its training; the rest is tried</source>
   <translation>Ne choisissez que ce que vous savez de son entraînement ; le reste est essayé</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells</source>
   <translation>Cellules dessinées</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells only show which ways fail. Labeled cells of your own find the right one.</source>
   <translation>Les cellules dessinées montrent seulement quelles manières échouent. Vos propres cellules étiquetées trouvent la bonne.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Folder of labeled cells</source>
   <translation>Dossier de cellules étiquetées</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>How cells are fed</source>
   <translation>Comment les cellules sont présentées</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Labeled cells in a folder</source>
   <translation>Cellules étiquetées dans un dossier</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Not known: try all</source>
   <translation>Inconnu : tout essayer</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Samples</source>
   <translation>Échantillons</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>The same network says anything when it is fed otherwise than in its training. Choose what you know; the program tries the rest and proposes a way.</source>
   <translation>Le même réseau dit n’importe quoi quand les cellules lui sont présentées autrement qu’à l’entraînement. Choisissez ce que vous savez ; le programme essaie le reste et propose une manière.</translation>
  </message>
 </context>
 <context>
  <name>FhirPanel</name>
  <message>
   <location filename="fhir_panel.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>FHIR server</source>
   <translation>Serveur FHIR</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>File of the sign-in</source>
   <translation>Fichier de connexion</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Holds a token or name:password; may be empty</source>
   <translation>Contient un jeton ou nom:mot de passe ; peut rester vide</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Reports leave for it as FHIR R4, by the certificates above. Empty sends nothing.</source>
   <translation>Les comptes rendus y partent en FHIR R4, avec les certificats ci-dessus. Vide n’envoie rien.</translation>
  </message>
 </context>
 <context>
  <name>FieldList</name>
  <message>
   <location filename="field_list.py" />
   <source>Image {0}, {1}: {2}</source>
   <translation>Image {0}, {1} : {2}</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>blurred</source>
   <translation>floue</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>failed</source>
   <translation>échec</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judged</source>
   <translation>jugée</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judging…</source>
   <translation>jugement…</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>no cells</source>
   <translation>aucune cellule</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>stopped</source>
   <translation>arrêtée</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>waiting</source>
   <translation>en attente</translation>
  </message>
 </context>
 <context>
  <name>FieldStrip</name>
  <message>
   <location filename="field_strip.py" />
   <source>Images of the case</source>
   <translation>Images du cas</translation>
  </message>
  <message>
   <location filename="field_strip.py" />
   <source>Images that are taken appear here.</source>
   <translation>Les images prises apparaissent ici.</translation>
  </message>
 </context>
 <context>
  <name>Figures</name>
  <message>
   <location filename="figure_words.py" />
   <source>All figures are as in healthy lymphocytes.</source>
   <translation>Toutes les mesures sont comme chez des lymphocytes sains.</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Basophilia of the cytoplasm</source>
   <translation>Basophilie du cytoplasme</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Cell area</source>
   <translation>Aire de la cellule</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Chromatin texture</source>
   <translation>Texture de la chromatine</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Diameter</source>
   <translation>Diamètre</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Eccentricity of the nucleus</source>
   <translation>Excentricité du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Form factor</source>
   <translation>Facteur de forme</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Granules in the cytoplasm</source>
   <translation>Granulations du cytoplasme</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Indentation of the nucleus</source>
   <translation>Encoche du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Lobes of the nucleus</source>
   <translation>Lobes du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus area</source>
   <translation>Aire du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus darker than cytoplasm by</source>
   <translation>Noyau plus sombre que le cytoplasme de</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Optical density of the nucleus</source>
   <translation>Densité optique du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Solidity of the nucleus</source>
   <translation>Solidité du noyau</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>high</source>
   <translation>élevé</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>low</source>
   <translation>bas</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>usual {0} to {1}</source>
   <translation>habituel de {0} à {1}</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} more</source>
   <translation>{0} de plus</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, high</source>
   <translation>{0} {1}, élevé</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, low</source>
   <translation>{0} {1}, bas</translation>
  </message>
 </context>
 <context>
  <name>FocusMeter</name>
  <message>
   <location filename="live_meters.py" />
   <source>Focus: {0} % of the best</source>
   <translation>Mise au point : {0} % du meilleur</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Not sharp: {0} % of the best so far. Turn the fine focus.</source>
   <translation>Pas net : {0} % du meilleur jusqu’ici. Tourner la vis micrométrique.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Sharp enough: {0} % of the best so far.</source>
   <translation>Assez net : {0} % du meilleur jusqu’ici.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Turn the fine focus until the bar is longest; the line marks the best so far</source>
   <translation>Tournez la mise au point fine jusqu’à la barre la plus longue ; le trait marque le meilleur jusqu’ici</translation>
  </message>
 </context>
 <context>
  <name>FormSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Case {0}</source>
   <translation>Cas {0}</translation>
  </message>
 </context>
 <context>
  <name>GroupHeading</name>
  <message>
   <location filename="group_heading.py" />
   <source>Fold these cells away</source>
   <translation>Replier ces cellules</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>Show these cells</source>
   <translation>Afficher ces cellules</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}</source>
   <translation>{0}, {1}</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}, folded</source>
   <translation>{0}, {1}, repliées</translation>
  </message>
 </context>
 <context>
  <name>HeaderController</name>
  <message>
   <location filename="header_editing.py" />
   <source>Try again</source>
   <translation>Réessayer</translation>
  </message>
 </context>
 <context>
  <name>HeaderForm</name>
  <message>
   <location filename="header_form.py" />
   <source>A case needs a number.</source>
   <translation>Un cas a besoin d’un numéro.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Case number</source>
   <translation>Numéro du cas</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Date of birth</source>
   <translation>Date de naissance</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Notes</source>
   <translation>Notes</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Operator</source>
   <translation>Opérateur</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient number</source>
   <translation>Numéro de patient</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Sex</source>
   <translation>Sexe</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Specimen</source>
   <translation>Échantillon</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Stain</source>
   <translation>Coloration</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Write the date as 1960-12-24.</source>
   <translation>Écrire la date comme 1960-12-24.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>female</source>
   <translation>féminin</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>male</source>
   <translation>masculin</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>other</source>
   <translation>autre</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>unknown</source>
   <translation>inconnu</translation>
  </message>
 </context>
 <context>
  <name>HelpPanel</name>
  <message>
   <location filename="help_panel.py" />
   <source>About LeukoScope</source>
   <translation>À propos de LeukoScope</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>All keys</source>
   <translation>Toutes les touches</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Save fault report…</source>
   <translation>Enregistrer le rapport d’incident…</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Take the tour</source>
   <translation>Faire la visite</translation>
  </message>
 </context>
 <context>
  <name>HelpSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Arrows</source>
   <translation>Flèches</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Commands and keys</source>
   <translation>Commandes et touches</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Walk through the cells</source>
   <translation>Parcourez les cellules</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Which map</source>
   <translation>Quelle carte</translation>
  </message>
 </context>
 <context>
  <name>Histogram</name>
  <message>
   <location filename="live_meters.py" />
   <source>Dim: the glass is at {0} % of white. More light or a longer exposure.</source>
   <translation>Sombre : le verre est à {0} % du blanc. Plus de lumière ou une pose plus longue.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Histogram</source>
   <translation>Histogramme</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>How the light is spread; nothing should stand at the very edges</source>
   <translation>Comment la lumière est répartie ; rien ne devrait toucher les bords</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Light is good: the glass is at {0} % of white.</source>
   <translation>La lumière est bonne : le verre est à {0} % du blanc.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too bright: {0} % is white. Less light or a shorter exposure.</source>
   <translation>Trop clair : {0} % est blanc. Moins de lumière ou une pose plus courte.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too dark: {0} % is black. More light or a longer exposure.</source>
   <translation>Trop sombre : {0} % est noir. Plus de lumière ou une pose plus longue.</translation>
  </message>
 </context>
 <context>
  <name>ImageBar</name>
  <message>
   <location filename="image_bar.py" />
   <source>1 cell at the margin has no box here: the field beside this one counts it.</source>
   <translation>1 cellule en bordure n’a pas de cadre ici : le champ voisin la compte.</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>Image {0} of {1}</source>
   <translation>Image {0} sur {1}</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>could not be read</source>
   <translation>n’a pas pu être lue</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>field</source>
   <translation>champ</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>not calibrated</source>
   <translation>non calibrée</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>single cell</source>
   <translation>cellule isolée</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cell</source>
   <translation>{0} cellule</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells at the margin have no box here: the fields beside this one count them.</source>
   <translation>{0} cellules en bordure n’ont pas de cadre ici : les champs voisins les comptent.</translation>
  </message>
 </context>
 <context>
  <name>ImageCanvas</name>
  <message>
   <location filename="canvas.py" />
   <source>Image</source>
   <translation>Image</translation>
  </message>
  <message>
   <location filename="canvas.py" />
   <source>not calibrated</source>
   <translation>non calibrée</translation>
  </message>
 </context>
 <context>
  <name>ImageCopyController</name>
  <message>
   <location filename="image_copying.py" />
   <source>It has no scale bar: set the scale (Ctrl+L) to have one.</source>
   <translation>Elle n’a pas d’échelle : régler l’échelle (Ctrl+L) pour en avoir une.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Open</source>
   <translation>Ouvrir</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save the whole image</source>
   <translation>Enregistrer l’image entière</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save what is in view</source>
   <translation>Enregistrer la partie visible</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The display is changed; its corner says so.</source>
   <translation>L’affichage est modifié ; le coin de l’image le dit.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The whole image is in the clipboard.</source>
   <translation>L’image entière est dans le presse-papiers.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>What is in view is in the clipboard.</source>
   <translation>La partie visible est dans le presse-papiers.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>{0} is written.</source>
   <translation>{0} est écrit.</translation>
  </message>
 </context>
 <context>
  <name>ImportController</name>
  <message>
   <location filename="importing.py" />
   <source>Another case is being opened; add the images again when it is there.</source>
   <translation>Un autre cas est en cours d’ouverture ; ajoutez de nouveau les images quand il sera là.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Images ({0});;Tous les fichiers (*)</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open a folder of images</source>
   <translation>Ouvrir un dossier d’images</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open images</source>
   <translation>Ouvrir des images</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Pasted {0}</source>
   <translation>Collée {0}</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Review</source>
   <translation>Relecture</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Taken. It is judged now.</source>
   <translation>Prise. Elle est en cours d’évaluation.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>There is no image to paste; copy an image or image files first.</source>
   <translation>Il n’y a pas d’image à coller ; copiez d’abord une image ou des fichiers image.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Try again</source>
   <translation>Réessayer</translation>
  </message>
 </context>
 <context>
  <name>ImportForm</name>
  <message>
   <location filename="import_form.py" />
   <source>A file that Keras saved, an exported folder, .onnx, .tflite or .pb</source>
   <translation>Un fichier enregistré par Keras, un dossier exporté, .onnx, .tflite ou .pb</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Both stay side by side, and either can judge</source>
   <translation>Les deux restent côte à côte, et chacun peut juger</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose a model</source>
   <translation>Choisissez un modèle</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the folder of labeled cells first, or take drawn cells.</source>
   <translation>Choisissez d’abord le dossier de cellules étiquetées, ou prenez des cellules dessinées.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the model file first.</source>
   <translation>Choisissez d’abord le fichier du modèle.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Feed the model in each way and see which tells leukemic from healthy cells</source>
   <translation>Présenter les cellules de chaque manière et voir laquelle distingue les leucémiques des saines</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>From the file name</source>
   <translation>D’après le nom du fichier</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import</source>
   <translation>Importer</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import your own model</source>
   <translation>Importer votre propre modèle</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Model file</source>
   <translation>Fichier du modèle</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Models ({0})</source>
   <translation>Modèles ({0})</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name of the model</source>
   <translation>Nom du modèle</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>New version of</source>
   <translation>Nouvelle version de</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>No other model</source>
   <translation>Aucun autre modèle</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Starting</source>
   <translation>Démarrage</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>The file is checked before anything of it runs, compiled in a process of its own, compared with the original on probe pictures, and only then installed.</source>
   <translation>Le fichier est vérifié avant que rien n’en soit exécuté, compilé dans un processus à part, comparé à l’original sur des images d’essai, et seulement alors installé.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways</source>
   <translation>Essayer les manières</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways first: then it is known how cells are fed</source>
   <translation>Essayez d’abord les manières : on saura alors comment présenter les cellules</translation>
  </message>
 </context>
 <context>
  <name>ImportSheet</name>
  <message>
   <location filename="import_sheet.py" />
   <source>Case number</source>
   <translation>Numéro de cas</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy all lines, to send them to whoever made the list</source>
   <translation>Copier toutes les lignes pour les envoyer à l’auteur de la liste</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy list</source>
   <translation>Copier la liste</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Imported list</source>
   <translation>Liste importée</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Line</source>
   <translation>Ligne</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Taken</source>
   <translation>Reprise</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know</source>
   <translation>À savoir</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know of the list</source>
   <translation>À savoir sur la liste</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>not taken</source>
   <translation>non reprise</translation>
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <location filename="inspector.py" />
   <source>Cell {0} of {1}</source>
   <translation>Cellule {0} sur {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Choose a cell to see what the models say of it, and why.</source>
   <translation>Choisissez une cellule pour voir ce qu’en disent les modèles, et pourquoi.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Image quality</source>
   <translation>Qualité d’image</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Inspector</source>
   <translation>Inspecteur</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Map</source>
   <translation>Carte</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Next cell</source>
   <translation>Cellule suivante</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Previous cell</source>
   <translation>Cellule précédente</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Shape</source>
   <translation>Forme</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>This cell was judged without maps.</source>
   <translation>Cette cellule a été jugée sans cartes.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Weak evidence. {0}</source>
   <translation>Indice faible. {0}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0} chosen: a label goes to all</source>
   <translation>{0} choisies : une étiquette pour toutes</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: for {1}</source>
   <translation>{0} : pour {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: where it looked</source>
   <translation>{0} : où il a regardé</translation>
  </message>
 </context>
 <context>
  <name>InstanceLines</name>
  <message>
   <location filename="instance_lines.py" />
   <source>and {0} more objects</source>
   <translation>et {0} autres objets</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: kept by the archive</source>
   <translation>{0} : conservé par l’archive</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: not kept, reason {1}</source>
   <translation>{0} : non conservé, motif {1}</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: sent</source>
   <translation>{0} : envoyé</translation>
  </message>
 </context>
 <context>
  <name>IntervalPlot</name>
  <message>
   <location filename="interval_plot.py" />
   <source>Drawing of the two figures</source>
   <translation>Dessin des deux valeurs</translation>
  </message>
 </context>
 <context>
  <name>JoinedRow</name>
  <message>
   <location filename="joined_row.py" />
   <source>Count 1 cell once</source>
   <translation>Compter 1 cellule une seule fois</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Count {0} cells once</source>
   <translation>Compter {0} cellules une seule fois</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Join overlapping images</source>
   <translation>Assembler les images qui se recouvrent</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Lays images that show common places side by side; nothing is changed in the case</source>
   <translation>Dispose côte à côte les images qui montrent des zones communes ; rien ne change dans le cas</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Looking for overlaps…</source>
   <translation>Recherche des recouvrements…</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>No two images overlap: nothing can be said of their places.</source>
   <translation>Aucune image n’en recouvre une autre : leur position reste inconnue.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} cells are in several images and counted each time.</source>
   <translation>{0} cellules figurent sur plusieurs images et sont comptées chaque fois.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %), in {2} pieces.</source>
   <translation>{0} images se recouvrent (concordance d’au moins {1} %), en {2} parties.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %).</source>
   <translation>{0} images se recouvrent (concordance d’au moins {1} %).</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} overlap none.</source>
   <translation>{0} n’en recouvrent aucune.</translation>
  </message>
 </context>
 <context>
  <name>JudgingQueueController</name>
  <message>
   <location filename="judging_queue.py" />
   <source>1 image is judged again; your labels stay.</source>
   <translation>1 image est jugée de nouveau ; vos étiquettes restent.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Judge case again</source>
   <translation>Juger de nouveau le cas</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Other models judge from now on; case {0} still has the former judgement.</source>
   <translation>D’autres modèles jugent désormais ; le cas {0} garde le jugement précédent.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} images are judged again; your labels stay.</source>
   <translation>{0} images sont jugées de nouveau ; vos étiquettes restent.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} stopped images are out of the case.</source>
   <translation>{0} images arrêtées sont retirées du cas.</translation>
  </message>
 </context>
 <context>
  <name>LabelKeys</name>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}”</source>
   <translation>Étiqueter cette cellule « {0} »</translation>
  </message>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}” (key {1})</source>
   <translation>Étiqueter cette cellule « {0} » (touche {1})</translation>
  </message>
 </context>
 <context>
  <name>LabelReadingController</name>
  <message>
   <location filename="label_reading.py" />
   <source>No code was found in this picture. Hold the label flat, large and sharp under the camera.</source>
   <translation>Aucun code n’a été trouvé dans cette image. Tenir l’étiquette à plat, grande et nette sous la caméra.</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>Open or begin this case</source>
   <translation>Ouvrir ou commencer ce cas</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>The label says {0}.</source>
   <translation>L’étiquette dit {0}.</translation>
  </message>
 </context>
 <context>
  <name>LabelingController</name>
  <message>
   <location filename="labeling.py" />
   <source>Every cell of the case has a person’s label.</source>
   <translation>Chaque cellule du cas a l’étiquette d’une personne.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>Every cell that is shown here has a person’s label.</source>
   <translation>Chaque cellule montrée ici a l’étiquette d’une personne.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>No unsure cell is left in this group.</source>
   <translation>Il ne reste aucune cellule incertaine dans ce groupe.</translation>
  </message>
 </context>
 <context>
  <name>Legend</name>
  <message>
   <location filename="map_pair.py" />
   <source>Fixed scale: 0 to the maximum calibrated for this layer, the same for every cell</source>
   <translation>Échelle fixe : de 0 au maximum calibré pour cette couche, la même pour chaque cellule</translation>
  </message>
 </context>
 <context>
  <name>LifePart</name>
  <message>
   <location filename="life_part.py" />
   <source>Beside another model</source>
   <translation>À côté d’un autre modèle</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge labeled cells, sorted as CLASS/PATIENT/file</source>
   <translation>Les deux jugent des cellules étiquetées, classées en CLASSE/PATIENT/fichier</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge the cells that people decided in reviewed and signed cases</source>
   <translation>Les deux jugent les cellules décidées par des personnes dans les cas relus et signés</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Case</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases: {0}</source>
   <translation>Cas : {0}</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Folder of labeled cells</source>
   <translation>Dossier de cellules étiquetées</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>It has judged no case that is still kept.</source>
   <translation>Il n’a jugé aucun cas encore conservé.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Model to compare with</source>
   <translation>Modèle de comparaison</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On a folder…</source>
   <translation>Sur un dossier…</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On reviewed cases</source>
   <translation>Sur les cas relus</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>People say</source>
   <translation>Les personnes disent</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Reading the cells</source>
   <translation>Lecture des cellules</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Show the cases it judged</source>
   <translation>Afficher les cas jugés</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>They differ on {0} of {1} cells; “{2}” is right on {3} of these, “{4}” on {5}.</source>
   <translation>Ils diffèrent sur {0} cellules sur {1} ; « {2} » a raison sur {3} d’entre elles, « {4} » sur {5}.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Where they differ</source>
   <translation>Où ils diffèrent</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>and {0} more</source>
   <translation>et {0} de plus</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} cells judged by both</source>
   <translation>{0} cellules jugées par les deux</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} pictures were left out.</source>
   <translation>{0} images ont été laissées de côté.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>“{0}” beside “{1}”: {2}.</source>
   <translation>« {0} » à côté de « {1} » : {2}.</translation>
  </message>
 </context>
 <context>
  <name>LimitsButton</name>
  <message>
   <location filename="cell_limits.py" />
   <source>Highest probability of leukemic</source>
   <translation>Probabilité maximale de leucémique</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Largest size</source>
   <translation>Plus grande taille</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limit the cells that are shown</source>
   <translation>Limiter les cellules affichées</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limits hold: fewer cells are shown</source>
   <translation>Des limites s’appliquent : moins de cellules sont affichées</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Longer side of the cell</source>
   <translation>Plus grand côté de la cellule</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Lowest probability of leukemic</source>
   <translation>Probabilité minimale de leucémique</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>No limits</source>
   <translation>Sans limites</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Only the image shown</source>
   <translation>Seulement l’image affichée</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Probability of leukemic</source>
   <translation>Probabilité de leucémique</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Smallest size</source>
   <translation>Plus petite taille</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>to</source>
   <translation>à</translation>
  </message>
 </context>
 <context>
  <name>LineChoice</name>
  <message>
   <location filename="line_choice.py" />
   <source>Asking…</source>
   <translation>Interrogation…</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Encrypted (TLS)</source>
   <translation>Chiffrée (TLS)</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear</source>
   <translation>En clair</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear by choice: whoever is on the network can read it.</source>
   <translation>En clair par choix : quiconque est sur le réseau peut lire.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear, as an earlier version left it: encrypt or confirm it.</source>
   <translation>En clair, comme une version antérieure l’a laissée : chiffrez ou confirmez.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Test the connection</source>
   <translation>Tester la connexion</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>The other side’s certificate and name are checked.</source>
   <translation>Le certificat et le nom de l’autre côté sont vérifiés.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>This line does not leave this computer.</source>
   <translation>Cette liaison ne quitte pas cet ordinateur.</translation>
  </message>
 </context>
 <context>
  <name>LiveJudging</name>
  <message>
   <location filename="live_judging.py" />
   <source>1 cell</source>
   <translation>1 cellule</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>Looking for cells …</source>
   <translation>Recherche de cellules …</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>No white cell is in sight.</source>
   <translation>Aucun leucocyte n’est visible.</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} being judged</source>
   <translation>{0} en cours d’évaluation</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
 </context>
 <context>
  <name>LiveMapCard</name>
  <message>
   <location filename="live_map_card.py" />
   <source>1 gap</source>
   <translation>1 lacune</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>1 place, {0} taken</source>
   <translation>1 emplacement, {0} pris</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begin anew</source>
   <translation>Recommencer</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begins an empty map; the case keeps its images</source>
   <translation>Commence une carte vide ; le cas garde ses images</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Follows the camera. A dot marks what is in the case.</source>
   <translation>Suit la caméra. Un point marque ce qui est dans le cas.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Hold the smear still and in focus: what is seen first begins the map.</source>
   <translation>Tenez le frottis immobile et net : ce qui est vu en premier commence la carte.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Map of the smear</source>
   <translation>Carte du frottis</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Moving: what is new is joined when the smear moves slower.</source>
   <translation>En mouvement : ce qui est nouveau est ajouté quand le frottis bouge plus lentement.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: out of focus. Turn the fine focus until it is sharp.</source>
   <translation>Non ajouté : flou. Tournez la mise au point fine jusqu’à ce que ce soit net.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: the map is full. Begin anew; the case keeps its images.</source>
   <translation>Non ajouté : la carte est pleine. Recommencez ; le cas garde ses images.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: this place overlaps nothing on the map. Move back until the frame appears, or take it to begin another piece.</source>
   <translation>Non ajouté : cet emplacement ne chevauche rien sur la carte. Revenez en arrière jusqu’à ce que le cadre apparaisse, ou prenez-le pour commencer un autre morceau.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Put the map away; it goes on when it is shown again</source>
   <translation>Ranger la carte ; elle continue quand on la montre de nouveau</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Take back the last</source>
   <translation>Retirer le dernier</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Takes the newest place off the map; the case keeps its images</source>
   <translation>Retire de la carte l’emplacement le plus récent ; le cas garde ses images</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} gaps</source>
   <translation>{0} lacunes</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} pieces</source>
   <translation>{0} morceaux</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} places, {1} taken</source>
   <translation>{0} emplacements, {1} pris</translation>
  </message>
 </context>
 <context>
  <name>LiveMapView</name>
  <message>
   <location filename="live_map_view.py" />
   <source>Map of the smear</source>
   <translation>Carte du frottis</translation>
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
   <translation>Encadre les cellules pendant que la platine bouge et les évalue avec le modèle le plus rapide ; tous évaluent ce qui est pris</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Camera</source>
   <translation>Caméra</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Fit</source>
   <translation>Ajuster</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Focus</source>
   <translation>Mise au point</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Freeze</source>
   <translation>Figer</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Grid</source>
   <translation>Grille</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the label under the camera: its code opens the case, or begins it</source>
   <translation>Tenir l’étiquette sous la caméra : son code ouvre le cas ou le commence</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the picture, or let it go on (Space)</source>
   <translation>Fige l’image ou la laisse continuer (Espace)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Joins what the camera sees while the smear is moved by hand, and shows where it is; takes nothing</source>
   <translation>Assemble ce que voit la caméra pendant que le frottis est déplacé à la main, et montre où elle est ; ne prend rien</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Judge live</source>
   <translation>Évaluer en direct</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Light</source>
   <translation>Lumière</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Lines every 20 µm, or thirds when the scale is not known</source>
   <translation>Lignes tous les 20 µm, ou tiers si l’échelle est inconnue</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Make the empty glass in sight white; once more takes it back</source>
   <translation>Rend blanc le verre vide visible ; encore une fois l’annule</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Map of the smear</source>
   <translation>Carte du frottis</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Mirror</source>
   <translation>Miroir</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Number of pictures</source>
   <translation>Nombre d’images</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>One camera pixel for one screen pixel</source>
   <translation>Un pixel de caméra par pixel d’écran</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Picture</source>
   <translation>Image</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Put this picture into the case; it is judged at once (Enter)</source>
   <translation>Met cette image dans le cas ; elle est évaluée aussitôt (Entrée)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Read slide label</source>
   <translation>Lire l’étiquette</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Record…</source>
   <translation>Enregistrer…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Rotate</source>
   <translation>Tourner</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Scan fields…</source>
   <translation>Balayer des champs…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Seconds between pictures</source>
   <translation>Secondes entre les images</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Set white</source>
   <translation>Régler le blanc</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Show the whole picture</source>
   <translation>Montrer toute l’image</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Start</source>
   <translation>Démarrer</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take</source>
   <translation>Prendre</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take by itself</source>
   <translation>Prise automatique</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take fields side by side, where the microscope has a motorized stage</source>
   <translation>Prendre des champs côte à côte, là où le microscope a une platine motorisée</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture each time the stage comes to rest at a new place in focus</source>
   <translation>Prend une image chaque fois que la platine s’arrête, nette, à un nouvel endroit</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture every so many seconds</source>
   <translation>Prend une image toutes les quelques secondes</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Taking</source>
   <translation>Prise</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Time-lapse</source>
   <translation>Intervalles</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Write what is seen to a video file</source>
   <translation>Écrit ce qui est vu dans un fichier vidéo</translation>
  </message>
 </context>
 <context>
  <name>MaintenanceController</name>
  <message>
   <location filename="maintenance.py" />
   <source>All cases, {0} images and {2} imported models are in “{1}”, and were read back.</source>
   <translation>Tous les cas, {0} images et {2} modèles importés sont dans « {1} » et ont été relus.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>All is well: every row, image and entry of the audit trail is as it was saved.</source>
   <translation>Tout va bien : chaque ligne, image et entrée du journal d’audit est telle qu’enregistrée.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Backups (*.zip *.db)</source>
   <translation>Sauvegardes (*.zip *.db)</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking database, images and audit trail</source>
   <translation>Vérification de la base, des images et du journal d’audit</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking the backup</source>
   <translation>Vérification de la sauvegarde</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Imported models that come back: {0}; here already: {1}.</source>
   <translation>Modèles importés qui reviennent : {0} ; déjà ici : {1}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Now: {0}. Backup: {1}. What is there now is kept beside it.</source>
   <translation>Maintenant : {0}. Sauvegarde : {1}. Ce qui est là maintenant est gardé à côté.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Put a backup back</source>
   <translation>Restaurer une sauvegarde</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Somebody listens at {0}, and the line comes about. No message was sent.</source>
   <translation>Quelqu’un écoute à {0} et la liaison s’établit. Aucun message n’a été envoyé.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The DICOM archive answers as {0}.</source>
   <translation>L’archive DICOM répond en tant que {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The shared database answers: PostgreSQL {0}.</source>
   <translation>La base de données partagée répond : PostgreSQL {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Write a backup</source>
   <translation>Écrire une sauvegarde</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Writing the backup, and reading it back</source>
   <translation>Écriture et relecture de la sauvegarde</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cannot be read</source>
   <translation>illisible</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cases: {0}, images: {1}</source>
   <translation>cas : {0}, images : {1}</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0} And {1} more faults.</source>
   <translation>{0} Et {1} autres défauts.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0}, last changed {1}</source>
   <translation>{0}, modifié en dernier le {1}</translation>
  </message>
 </context>
 <context>
  <name>MaintenancePanel</name>
  <message>
   <location filename="maintenance_panel.py" />
   <source>All cases, images and imported models in one file, read back before it counts.</source>
   <translation>Tous les cas, images et modèles importés dans un fichier, relu avant de compter.</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Check what is kept</source>
   <translation>Vérifier les données</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Leave it</source>
   <translation>Ne pas restaurer</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put a backup back…</source>
   <translation>Remettre une sauvegarde…</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put it back</source>
   <translation>La restaurer</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Write a backup…</source>
   <translation>Sauvegarder…</translation>
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
   <translation>Couleurs</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Colors of the map</source>
   <translation>Couleurs de la carte</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Contour</source>
   <translation>Contour</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Drawn as</source>
   <translation>Dessiné en</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Evidence for</source>
   <translation>Indices pour</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Healthy</source>
   <translation>Saine</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Heat</source>
   <translation>Chaleur</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>How the map is drawn</source>
   <translation>Comment la carte est dessinée</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Its side</source>
   <translation>Son côté</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Leukemic</source>
   <translation>Leucémique</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity</source>
   <translation>Opacité</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity of the map</source>
   <translation>Opacité de la carte</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Show the map (M)</source>
   <translation>Afficher la carte (M)</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>This map speaks neither for leukemic nor for healthy.</source>
   <translation>Cette carte ne parle ni pour leucémique ni pour sain.</translation>
  </message>
 </context>
 <context>
  <name>MapPair</name>
  <message>
   <location filename="map_pair.py" />
   <source>As the models saw it</source>
   <translation>Comme les modèles l’ont vue</translation>
  </message>
  <message>
   <location filename="map_pair.py" />
   <source>In its surroundings</source>
   <translation>Dans son environnement</translation>
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
   <translation>Retour aux cartes</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Camera and objective</source>
   <translation>Caméra et objectif</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Close; what is drawn goes</source>
   <translation>Fermer ; le tracé disparaît</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw a line on the image; Shift keeps it straight.</source>
   <translation>Tracer une ligne sur l’image ; Maj la garde droite.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw around it with the button held; the outline closes by itself.</source>
   <translation>Tracer autour en tenant le bouton ; le contour se ferme de lui-même.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw from corner to corner around it; Shift makes a circle.</source>
   <translation>Tracer autour d’un coin à l’autre ; Maj en fait un cercle.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Ellipse</source>
   <translation>Ellipse</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Folder…</source>
   <translation>Dossier…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From images: choose them, or drop them here</source>
   <translation>À partir d’images : choisissez-les ou déposez-les ici</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From the camera</source>
   <translation>Avec la caméra</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Image files…</source>
   <translation>Fichiers d’images…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Length</source>
   <translation>Longueur</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>May be empty: new lamp, slide 3</source>
   <translation>Peut être vide : nouvelle lampe, lame 3</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure</source>
   <translation>Mesurer</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure control slide</source>
   <translation>Mesurer la lame de contrôle</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measuring the control slide</source>
   <translation>Mesure de la lame de contrôle</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscope : caméra et objectif</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Note</source>
   <translation>Note</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Outline</source>
   <translation>Contour</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Put the control slide under the microscope, with the objective and the settings that cases are taken with. Three fields at least, better five; each figure is the median of them.</source>
   <translation>Placez la lame de contrôle sous le microscope, avec l’objectif et les réglages des cas. Au moins trois champs, de préférence cinq ; chaque valeur en est la médiane.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This image is not calibrated: set the scale (Ctrl+L) to measure in µm.</source>
   <translation>Cette image n’est pas étalonnée : régler l’échelle (Ctrl+L) pour mesurer en µm.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This outline crosses itself, so it has no one area: draw it again without a crossing.</source>
   <translation>Ce contour se croise lui-même et n’a donc pas d’aire unique : tracez-le à nouveau sans croisement.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>What is measured</source>
   <translation>Ce qui est mesuré</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} around</source>
   <translation>{0} de périmètre</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} of {1} fields</source>
   <translation>{0} champs sur {1}</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} wide, {1} high, {2} around</source>
   <translation>{0} de large, {1} de haut, {2} de périmètre</translation>
  </message>
 </context>
 <context>
  <name>Measures</name>
  <message>
   <location filename="measure_words.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Clipping</source>
   <translation>Surexposition</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Color</source>
   <translation>Couleur</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Exposure</source>
   <translation>Exposition</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Focus</source>
   <translation>Netteté</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Illumination</source>
   <translation>Éclairage</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Motion</source>
   <translation>Mouvement</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Resolution</source>
   <translation>Résolution</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Stain</source>
   <translation>Coloration</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>White balance</source>
   <translation>Balance des blancs</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>falloff</source>
   <translation>baisse au bord</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>levels</source>
   <translation>niveaux</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of 255</source>
   <translation>sur 255</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of the pixels</source>
   <translation>des pixels</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>px per cell</source>
   <translation>px par cellule</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>saturation</source>
   <translation>saturation</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <location filename="message_bar.py" />
   <source>Close this message</source>
   <translation>Fermer ce message</translation>
  </message>
 </context>
 <context>
  <name>ModelCard</name>
  <message>
   <location filename="model_card.py" />
   <source>95 % interval</source>
   <translation>intervalle à 95 %</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Back to “{0}”</source>
   <translation>Revenir à « {0} »</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card</source>
   <translation>Fiche</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card of the model</source>
   <translation>Fiche du modèle</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Check the files</source>
   <translation>Vérifier les fichiers</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Copy the SHA-256</source>
   <translation>Copier le SHA-256</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figure</source>
   <translation>Chiffre</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figures on cells it was not trained on</source>
   <translation>Chiffres sur des cellules hors entraînement</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Healthy below {0}, leukemic above {1}, unsure between.</source>
   <translation>Saine au-dessous de {0}, leucémique au-dessus de {1}, incertaine entre les deux.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>It says what a cell is; whether it is leukemic, it does not judge.</source>
   <translation>Il dit ce qu’est une cellule ; si elle est leucémique, il n’en juge pas.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Let the version before judge in its place; it stands in the audit trail</source>
   <translation>Laisser juger la version précédente à sa place ; c'est inscrit au journal</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>No figures come with this model: be careful with it.</source>
   <translation>Ce modèle est livré sans chiffres : soyez prudent.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Remove</source>
   <translation>Retirer</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>This model has no card.</source>
   <translation>Ce modèle n’a pas de fiche.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Thresholds</source>
   <translation>Seuils</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Value</source>
   <translation>Valeur</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>What trying its maps showed</source>
   <translation>Ce que l’essai de ses cartes a montré</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>came with the program</source>
   <translation>livré avec le programme</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>failed</source>
   <translation>échec</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>imported</source>
   <translation>importé</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>passed</source>
   <translation>réussi</translation>
  </message>
 </context>
 <context>
  <name>ModelLife</name>
  <message>
   <location filename="life.py" />
   <source>Comparing was stopped; nothing of it is kept.</source>
   <translation>La comparaison a été arrêtée ; rien n’en est conservé.</translation>
  </message>
 </context>
 <context>
  <name>ModelRow</name>
  <message>
   <location filename="model_row.py" />
   <source>Let this model judge new images</source>
   <translation>Laisser ce modèle juger les nouvelles images</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>came with the program</source>
   <translation>livré avec le programme</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>imported</source>
   <translation>importé</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>version {0}</source>
   <translation>version {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>with {0}</source>
   <translation>avec {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>{0} judges new images</source>
   <translation>{0} juge les nouvelles images</translation>
  </message>
 </context>
 <context>
  <name>ModelsPage</name>
  <message>
   <location filename="model_list.py" />
   <source>Architecture</source>
   <translation>Architecture</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>At least one model must judge.</source>
   <translation>Au moins un modèle doit juger.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Calibrated on</source>
   <translation>Calibré sur</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Fed</source>
   <translation>Cellule présentée</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import your own model…</source>
   <translation>Importer votre propre modèle…</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Maps</source>
   <translation>Cartes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Models</source>
   <translation>Modèles</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No model is installed</source>
   <translation>Aucun modèle n’est installé</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Parameters</source>
   <translation>Paramètres</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Split</source>
   <translation>Répartition</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The version before “{0}” judges new images again.</source>
   <translation>La version avant « {0} » juge à nouveau les nouvelles images.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Ticked models judge new images, each on its own.</source>
   <translation>Les modèles cochés jugent les nouvelles images, chacun de son côté.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Trained on</source>
   <translation>Entraîné sur</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Tried fed so</source>
   <translation>Essayé ainsi</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version</source>
   <translation>Version</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version before</source>
   <translation>Version précédente</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>none</source>
   <translation>aucun</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>nothing</source>
   <translation>rien</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>{0}, {1} cells</source>
   <translation>{0}, {1} cellules</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed, and judges only when you write down why: look at its card.</source>
   <translation>« {0} » est installé, et ne juge que si vous écrivez pourquoi : voyez sa fiche.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed. Tick it to let it judge.</source>
   <translation>« {0} » est installé. Cochez-le pour qu’il juge.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” judges new images; the reason is in the audit trail.</source>
   <translation>« {0} » juge les nouvelles images ; la raison figure au journal d’audit.</translation>
  </message>
 </context>
 <context>
  <name>MosaicController</name>
  <message>
   <location filename="mosaics.py" />
   <source>{0} cells that other images show too are counted once.</source>
   <translation>{0} cellules visibles aussi sur d’autres images sont comptées une seule fois.</translation>
  </message>
 </context>
 <context>
  <name>NameBar</name>
  <message>
   <location filename="name_bar.py" />
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>This is me</source>
   <translation>C’est moi</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>Your name</source>
   <translation>Votre nom</translation>
  </message>
 </context>
 <context>
  <name>NamingCard</name>
  <message>
   <location filename="naming_card.py" />
   <source>Else: {0}</source>
   <translation>Sinon : {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>Not named, most like: {0}</source>
   <translation>Non nommée, plutôt : {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 du modèle : {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>version {0}</source>
   <translation>version {0}</translation>
  </message>
 </context>
 <context>
  <name>NotificationController</name>
  <message>
   <location filename="notifications.py" />
   <source>Add anyway</source>
   <translation>Ajouter quand même</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Opening the cases</source>
   <translation>Ouverture des cas</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Show</source>
   <translation>Afficher</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images are in this case already; they are left out.</source>
   <translation>{0} images sont déjà dans ce cas ; elles sont laissées de côté.</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images could not be judged. The first: {1}</source>
   <translation>{0} images n’ont pas pu être jugées. La première : {1}</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>“{0}” is the same image as “{1}”; it is left out.</source>
   <translation>« {0} » est la même image que « {1} » ; elle est laissée de côté.</translation>
  </message>
 </context>
 <context>
  <name>ObjectivesList</name>
  <message>
   <location filename="objectives_list.py" />
   <source>Add…</source>
   <translation>Ajouter…</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Images that do not say their own scale are measured by their red cells (7.5 µm). Better: photograph a stage micrometer, open the picture, and choose “Set scale…” there.</source>
   <translation>Les images qui n’indiquent pas leur échelle sont mesurées d’après leurs globules rouges (7,5 µm). Mieux : photographiez un micromètre objet, ouvrez l’image et choisissez-y « Régler l’échelle… ».</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Not known: from red cells</source>
   <translation>Inconnu : d’après les globules rouges</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Objective in use</source>
   <translation>Objectif utilisé</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Remove</source>
   <translation>Retirer</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>computed from objective and camera</source>
   <translation>calculée d’après objectif et caméra</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>measured on a stage micrometer</source>
   <translation>mesurée sur un micromètre objet</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>{0} µm/px, {1}. Holds for new images that do not say their own scale.</source>
   <translation>{0} µm/px, {1}. Vaut pour les nouvelles images sans échelle propre.</translation>
  </message>
 </context>
 <context>
  <name>OpenCase</name>
  <message>
   <location filename="open_case.py" />
   <source>{0} of {1} cells stay as they are: {2}</source>
   <translation>{0} cellules sur {1} restent telles quelles : {2}</translation>
  </message>
 </context>
 <context>
  <name>OpinionCard</name>
  <message>
   <location filename="opinion_card.py" />
   <source>Distance from the training cells: {0} of the limit</source>
   <translation>Distance aux cellules d’entraînement : {0} de la limite</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 du modèle : {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Show the map “{0}” (key {1})</source>
   <translation>Afficher la carte « {0} » (touche {1})</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Unsure, leans to {0}</source>
   <translation>Incertaine, penche vers {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>too far</source>
   <translation>trop loin</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>version {0}</source>
   <translation>version {0}</translation>
  </message>
 </context>
 <context>
  <name>OrderImportController</name>
  <message>
   <location filename="order_import.py" />
   <source>Orders of the list: {0}.</source>
   <translation>Demandes de la liste : {0}.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>Show the lines</source>
   <translation>Montrer les lignes</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>The list changes nothing here.</source>
   <translation>La liste ne change rien ici.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} cancelled</source>
   <translation>{0} annulées</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} changed</source>
   <translation>{0} modifiées</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} new</source>
   <translation>{0} nouvelles</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} not taken</source>
   <translation>{0} non reprises</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} there already</source>
   <translation>{0} déjà là</translation>
  </message>
 </context>
 <context>
  <name>OrdersInController</name>
  <message>
   <location filename="orders_in.py" />
   <source>Orders of the hospital’s system need a person: {0}.</source>
   <translation>Demandes du système de l’hôpital qui attendent une personne : {0}.</translation>
  </message>
  <message>
   <location filename="orders_in.py" />
   <source>Show messages</source>
   <translation>Afficher les messages</translation>
  </message>
 </context>
 <context>
  <name>OrdersPanel</name>
  <message>
   <location filename="orders_panel.py" />
   <source>Asks the DICOM worklist.</source>
   <translation>Interroge la liste de travail DICOM.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose folder…</source>
   <translation>Choisir un dossier…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Files of orders are taken from there</source>
   <translation>Les fichiers de demandes y sont pris</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Its certificate and key</source>
   <translation>Son certificat et sa clé</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Last message: {0}.</source>
   <translation>Dernier message : {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on (HL7)</source>
   <translation>Écoute sur (HL7)</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, encrypted.</source>
   <translation>Écoute sur {0}, chiffré.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, in the clear.</source>
   <translation>Écoute sur {0}, en clair.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Need a person: {0}.</source>
   <translation>Attendent une personne : {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Off: orders come only from lists that somebody imports.</source>
   <translation>Désactivé : les demandes ne viennent que des listes que quelqu’un importe.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM of their certificates; empty: everybody</source>
   <translation>PEM de leurs certificats ; vide : tous</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM; for encrypted lines</source>
   <translation>PEM ; pour les lignes chiffrées</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Refused: {0}.</source>
   <translation>Refusés : {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Show messages</source>
   <translation>Afficher les messages</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>To be carried out: {0}.</source>
   <translation>À exécuter : {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watched folder</source>
   <translation>Dossier surveillé</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watches the folder.</source>
   <translation>Surveille le dossier.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Who may call</source>
   <translation>Qui peut appeler</translation>
  </message>
 </context>
 <context>
  <name>OrdersSheet</name>
  <message>
   <location filename="orders_sheet.py" />
   <source>Begin case</source>
   <translation>Ouvrir un cas</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Came</source>
   <translation>Reçu</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Case number</source>
   <translation>Numéro de cas</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Dismiss</source>
   <translation>Écarter</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>From</source>
   <translation>De</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Message</source>
   <translation>Message</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Nothing was refused, and nothing needs a person.</source>
   <translation>Rien n’a été refusé, et rien n’attend une personne.</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Number of a new case</source>
   <translation>Numéro d’un nouveau cas</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Orders that need a person</source>
   <translation>Demandes qui attendent une personne</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Reason to dismiss it</source>
   <translation>Motif pour l’écarter</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>What to know</source>
   <translation>À savoir</translation>
  </message>
 </context>
 <context>
  <name>OutboxPanel</name>
  <message>
   <location filename="outbox_panel.py" />
   <source>Failed {0}</source>
   <translation>Échec {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Not sent, {0}</source>
   <translation>Non envoyé, {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Outbox</source>
   <translation>Boîte d’envoi</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent and kept by the archive {0}</source>
   <translation>Envoyé et conservé par l’archive le {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent {0}</source>
   <translation>Envoyé {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent; the archive has not said yet that it keeps it</source>
   <translation>Envoyé ; l’archive n’a pas encore dit qu’elle le conserve</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Take back</source>
   <translation>Retirer</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Try again now</source>
   <translation>Réessayer maintenant</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Wait no longer for the archive</source>
   <translation>Ne plus attendre l’archive</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting</source>
   <translation>En attente</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting; next try at {0}</source>
   <translation>En attente ; prochain essai à {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>and {0} more</source>
   <translation>et {0} de plus</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>{0} · in the clear</source>
   <translation>{0} · en clair</translation>
  </message>
 </context>
 <context>
  <name>OverviewCard</name>
  <message>
   <location filename="overview_card.py" />
   <source>1 image tells no place.</source>
   <translation>1 image n’indique pas d’emplacement.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Close the overview</source>
   <translation>Fermer la vue d’ensemble</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Images of other cameras, days or folders lie elsewhere: they are not mixed</source>
   <translation>Les images d’autres caméras, jours ou dossiers se trouvent ailleurs : elles ne sont pas mélangées</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Its size on the slide is not known</source>
   <translation>Sa taille sur la lame n’est pas connue</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>No image of this case tells its place on the slide. Open OME-TIFF or TIFF files as the microscope saved them, or take images through Micro-Manager with a motorized stage.</source>
   <translation>Aucune image de ce cas n’indique son emplacement sur la lame. Ouvrez des fichiers OME-TIFF ou TIFF tels que le microscope les a enregistrés, ou prenez des images par Micro-Manager avec une platine motorisée.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Overview</source>
   <translation>Vue d’ensemble</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Place: x {0} mm, y {1} mm</source>
   <translation>Emplacement : x {0} mm, y {1} mm</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Placed by its overlap</source>
   <translation>Placée d’après son recouvrement</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Point at an image; the arrow keys go from one to the next.</source>
   <translation>Pointez une image ; les flèches vont de l’une à l’autre.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>This case has no images yet.</source>
   <translation>Ce cas n’a pas encore d’images.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Which images are shown</source>
   <translation>Quelles images sont montrées</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>by their overlap</source>
   <translation>selon leur recouvrement</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>no name</source>
   <translation>sans nom</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} images tell no place.</source>
   <translation>{0} images n’indiquent pas d’emplacement.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} of {1}: {2}</source>
   <translation>{0} sur {1} : {2}</translation>
  </message>
 </context>
 <context>
  <name>OverviewLegend</name>
  <message>
   <location filename="overview_legend.py" />
   <source>An image has the sign of what needs a person first: unsure, leukemic, healthy</source>
   <translation>Une image porte le signe de ce qui demande d’abord une personne : incertain, leucémique, sain</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Cell shown</source>
   <translation>Cellule montrée</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Image shown</source>
   <translation>Image montrée</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>No cells, or not judged</source>
   <translation>Pas de cellules, ou non jugée</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>What the signs mean</source>
   <translation>Signification des signes</translation>
  </message>
 </context>
 <context>
  <name>OverviewMap</name>
  <message>
   <location filename="overview_map.py" />
   <source>Images in their places on the slide</source>
   <translation>Images à leurs emplacements sur la lame</translation>
  </message>
 </context>
 <context>
  <name>OwnModel</name>
  <message>
   <location filename="own_model.py" />
   <source>The import was stopped; nothing was installed.</source>
   <translation>L’importation a été arrêtée ; rien n’a été installé.</translation>
  </message>
  <message>
   <location filename="own_model.py" />
   <source>Trying was stopped; nothing was installed.</source>
   <translation>L’essai a été arrêté ; rien n’a été installé.</translation>
  </message>
 </context>
 <context>
  <name>PeoplePanel</name>
  <message>
   <location filename="people_panel.py" />
   <source>Add person</source>
   <translation>Ajouter une personne</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Administrator</source>
   <translation>Administrateur</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>By the groups of the hospital’s directory</source>
   <translation>Selon les groupes de l’annuaire de l’hôpital</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Close account</source>
   <translation>Fermer le compte</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Lock the screen after</source>
   <translation>Verrouiller l’écran après</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Open account</source>
   <translation>Ouvrir le compte</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password</source>
   <translation>Mot de passe</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password again</source>
   <translation>Mot de passe de nouveau</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password, at least 10 characters</source>
   <translation>Mot de passe, au moins 10 caractères</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>People sign in with a password</source>
   <translation>Les personnes se connectent avec un mot de passe</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Reviewer</source>
   <translation>Relecteur</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role</source>
   <translation>Rôle</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role of {0}</source>
   <translation>Rôle de {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Technician</source>
   <translation>Technicien</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>The two passwords differ; write the password again.</source>
   <translation>Les deux mots de passe diffèrent ; écrivez de nouveau le mot de passe.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Who decided a cell cannot sign its case</source>
   <translation>Qui a décidé d’une cellule ne peut signer son cas</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the administrator’s name and password below first, then turn this on.</source>
   <translation>Écrivez d’abord ci-dessous le nom et le mot de passe de l’administrateur, puis activez ceci.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the password twice.</source>
   <translation>Écrivez le mot de passe deux fois.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>never</source>
   <translation>jamais</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>{0} is administrator: write name and password below, then turn this on.</source>
   <translation>{0} est administrateur : écrivez ci-dessous le nom et le mot de passe, puis activez ceci.</translation>
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
   <translation>Commencer</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by anyone</source>
   <translation>Décidées par quiconque</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by me</source>
   <translation>Décidées par moi</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by others</source>
   <translation>Décidées par d’autres</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Go on: {0} of {1}, {2}</source>
   <translation>Continuer : {0} sur {1}, {2}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>How many cells</source>
   <translation>Combien de cellules</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Name cells of reviewed cases once more, without seeing what was said before. How far people agree is shown here, and kept in the audit trail.</source>
   <translation>Nommez encore une fois des cellules de cas revus, sans voir ce qui avait été dit. L’accord entre les personnes est montré ici et conservé dans la piste d’audit.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>No re-read yet</source>
   <translation>Pas encore de relecture</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Practice: tell after each cell</source>
   <translation>Exercice : dire après chaque cellule</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Re-reads</source>
   <translation>Relectures</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Read decided cells once more. Neither the program’s opinion nor the earlier label is shown.</source>
   <translation>Relisez des cellules décidées. Ni l’avis du programme ni l’étiquette antérieure ne sont montrés.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>The same {0} cells as {1}</source>
   <translation>Les mêmes {0} cellules que {1}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Whose decisions</source>
   <translation>Décisions de qui</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
 </context>
 <context>
  <name>PreviewPane</name>
  <message>
   <location filename="preview.py" />
   <source>As wide as the window</source>
   <translation>Aussi large que la fenêtre</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Larger (Ctrl+wheel)</source>
   <translation>Plus grand (Ctrl+molette)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Next page (Page Down)</source>
   <translation>Page suivante (Page suiv.)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page before (Page Up)</source>
   <translation>Page précédente (Page préc.)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page {0} of {1}</source>
   <translation>Page {0} sur {1}</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Smaller (Ctrl+wheel)</source>
   <translation>Plus petit (Ctrl+molette)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>The report as it prints</source>
   <translation>Le rapport tel qu’il s’imprime</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Whole page</source>
   <translation>Page entière</translation>
  </message>
 </context>
 <context>
  <name>ProbabilityBar</name>
  <message>
   <location filename="probability_bar.py" />
   <source>Probability of leukemic {0}; unsure between {1} and {2}</source>
   <translation>Probabilité de leucémique {0} ; incertaine entre {1} et {2}</translation>
  </message>
 </context>
 <context>
  <name>ProfilesPanel</name>
  <message>
   <location filename="profiles_panel.py" />
   <source>Damaged or changed by hand, and left out: {0}. Save it again where it was made.</source>
   <translation>Endommagé ou modifié à la main, et laissé de côté : {0}. Enregistrez-le à nouveau là où il a été fait.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to the shipped models</source>
   <translation>Revenir aux modèles livrés</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to {0}</source>
   <translation>Revenir à {0}</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>None yet: begin with the cells, on the right.</source>
   <translation>Aucun pour l’instant : commencez par les cellules, à droite.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Site profiles</source>
   <translation>Profils du laboratoire</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Speaks now</source>
   <translation>S’exprime maintenant</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Take a profile from a file…</source>
   <translation>Profil depuis un fichier…</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach anew</source>
   <translation>Apprendre à nouveau</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach the program your own microscope, see what that is worth, and let it speak.</source>
   <translation>Apprenez au programme votre propre microscope, voyez ce que cela vaut, et activez-le.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>The shipped models</source>
   <translation>Les modèles livrés</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>They may be worth teaching anew.</source>
   <translation>Elles valent peut-être un nouvel apprentissage.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>speaks now</source>
   <translation>s’exprime maintenant</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>{0} cells were corrected since {1} was taught.</source>
   <translation>{0} cellules ont été corrigées depuis l’apprentissage de {1}.</translation>
  </message>
 </context>
 <context>
  <name>Program</name>
  <message>
   <location filename="program.py" />
   <source>Imported models that came back: {0}.</source>
   <translation>Modèles importés revenus : {0}.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Settings</source>
   <translation>Réglages</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Every case can be opened; go on in the settings when there is time.</source>
   <translation>Arrêté. Chaque cas peut être ouvert ; continuez dans les réglages quand vous aurez le temps.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Nothing was changed.</source>
   <translation>Arrêté. Rien n’a été modifié.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The backup is in the place of the cases; what was there is kept beside it.</source>
   <translation>La sauvegarde a pris la place des cas ; ce qui était là est gardé à côté.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are encrypted.</source>
   <translation>Les cas sont chiffrés.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are in the clear again.</source>
   <translation>Les cas sont de nouveau en clair.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The language changes as soon as what runs now is done.</source>
   <translation>La langue change dès que le travail en cours est terminé.</translation>
  </message>
 </context>
 <context>
  <name>ProofCard</name>
  <message>
   <location filename="proof_card.py" />
   <source>0 to 1</source>
   <translation>0 à 1</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Back to the patients left out</source>
   <translation>Revenir aux patients laissés de côté</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Compare with {0}, which speaks now</source>
   <translation>Comparer à {0}, qui parle maintenant</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Each look is counted: a test that is looked at often is none any more.</source>
   <translation>Chaque consultation est comptée : un test consulté souvent n’en est plus un.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Figure</source>
   <translation>Grandeur</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Gain</source>
   <translation>Gain</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Go on: activate</source>
   <translation>Continuer : activer</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Intervals of 95 % are over patients.</source>
   <translation>Les intervalles à 95 % portent sur les patients.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Locked part</source>
   <translation>Partie réservée</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Look at the locked patients</source>
   <translation>Consulter les patients réservés</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>No patient is locked away: with fewer than six of a class, all are needed.</source>
   <translation>Aucun patient n’est réservé : avec moins de six par classe, tous sont nécessaires.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped</source>
   <translation>Livrés</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped ○</source>
   <translation>Livrés ○</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>To look, choose the cells again in the first step.</source>
   <translation>Pour les consulter, choisissez à nouveau les cellules à la première étape.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>What each class was called (rows: people’s word)</source>
   <translation>Comment chaque classe a été nommée (lignes : l’avis des personnes)</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile</source>
   <translation>Avec le profil</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile ●</source>
   <translation>Avec le profil ●</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at once</source>
   <translation>consultés une fois</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at {0} times</source>
   <translation>consultés {0} fois</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>nobody has looked yet</source>
   <translation>personne ne les a encore consultés</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0} patients are locked away, and no teaching ever sees them: {1}.</source>
   <translation>{0} patients sont réservés, et aucun apprentissage ne les voit jamais : {1}.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: by leaving patients out, beside the shipped models on the same cells.</source>
   <translation>{0} : en laissant des patients de côté, à côté des modèles livrés sur les mêmes cellules.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: on {1} cells of {2} locked patients, which no teaching has seen.</source>
   <translation>{0} : sur {1} cellules de {2} patients réservés, qu’aucun apprentissage n’a vues.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>○ is {0}, which speaks now.</source>
   <translation>○ est {0}, qui parle maintenant.</translation>
  </message>
 </context>
 <context>
  <name>Purpose</name>
  <message>
   <location filename="purpose.py" />
   <source>Decision support for research and evaluation, not a medical device.</source>
   <translation>Aide à la décision pour la recherche et l’évaluation, pas un dispositif médical.</translation>
  </message>
 </context>
 <context>
  <name>Quality</name>
  <message>
   <location filename="quality_words.py" />
   <source>1 more cell</source>
   <translation>1 cellule de plus</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking the shipped models: {0} of {1} cells</source>
   <translation>Interrogation des modèles livrés : {0} cellules sur {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking with the profile: {0} of {1} cells</source>
   <translation>Interrogation avec le profil : {0} cellules sur {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Balanced accuracy</source>
   <translation>Exactitude équilibrée</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than the shipped models on patients that it had not seen.</source>
   <translation>Meilleur que les modèles livrés, sur des patients qu’il n’avait pas vus.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than {0}, which speaks now, on the locked patients.</source>
   <translation>Mieux que {0}, qui parle maintenant, sur les patients réservés.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Calibration error (ECE), smaller is better</source>
   <translation>Erreur de calibration (ECE), plus petite est meilleure</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Classes</source>
   <translation>Classes</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Keeping the profile</source>
   <translation>Conservation du profil</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Learning from all: {0} of {1}</source>
   <translation>Apprentissage sur tous : {0} sur {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leaving patients out and asking about theirs: {0} of {1}</source>
   <translation>Patients laissés de côté, puis interrogés : {0} sur {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leukemic or healthy</source>
   <translation>Leucémique ou sain</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Neither</source>
   <translation>Ni l’un ni l’autre</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than the shipped models on patients that it had not seen.</source>
   <translation>Pas meilleur que les modèles livrés, sur des patients qu’il n’avait pas vus.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than {0}, which speaks now, on the locked patients.</source>
   <translation>Pas mieux que {0}, qui parle maintenant, sur les patients réservés.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells</source>
   <translation>Lecture des cellules</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells: {0}</source>
   <translation>Lecture des cellules : {0}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Right among the decided</source>
   <translation>Justes parmi les décidées</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Sensitivity</source>
   <translation>Sensibilité</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Share decided</source>
   <translation>Part décidée</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Specificity</source>
   <translation>Spécificité</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few cells or patients to tell whether it is better than the shipped models.</source>
   <translation>Trop peu de cellules ou de patients pour dire s’il est meilleur que les modèles livrés.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few locked cells or patients to tell whether it is better than {0}.</source>
   <translation>Trop peu de cellules ou de patients réservés pour dire s’il est meilleur que {0}.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>better</source>
   <translation>meilleur</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>case {0}, image {1}</source>
   <translation>cas {0}, image {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>no better</source>
   <translation>pas meilleur</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>not known</source>
   <translation>inconnu</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>too few to tell</source>
   <translation>trop peu pour le dire</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} ({1} to {2})</source>
   <translation>{0} ({1} à {2})</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} cells of {1} patients</source>
   <translation>{0} cellules de {1} patients</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells</source>
   <translation>{0} cellules de plus</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of 1 more patient</source>
   <translation>{0} cellules de plus d’un patient de plus</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of {1} more patients</source>
   <translation>{0} cellules de plus de {1} patients de plus</translation>
  </message>
 </context>
 <context>
  <name>QualityPage</name>
  <message>
   <location filename="page.py" />
   <source>1  Cells</source>
   <translation>1  Cellules</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>2  Teach</source>
   <translation>2  Apprendre</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>3  Proof</source>
   <translation>3  Preuve</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>4  Activate</source>
   <translation>4  Activer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Begin with the cells</source>
   <translation>Commencer par les cellules</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Contrôle quotidien</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop a folder of labeled cells, or a site profile</source>
   <translation>Déposez un dossier de cellules étiquetées, ou un profil du laboratoire</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop images of a control slide to measure them</source>
   <translation>Déposez des images d’une lame de contrôle pour les mesurer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Examples</source>
   <translation>Exemples</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name some cells first; what they teach is proven and shown here.</source>
   <translation>Nommez d’abord des cellules ; ce qu’elles apprennent est prouvé et montré ici.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No profile yet</source>
   <translation>Pas encore de profil</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Parts of the page</source>
   <translation>Parties de la page</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personnes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Quality</source>
   <translation>Qualité</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Steps</source>
   <translation>Étapes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Teaching</source>
   <translation>Apprentissage</translation>
  </message>
 </context>
 <context>
  <name>QualityPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>Can be judged, with care</source>
   <translation>Peut être jugée, avec prudence</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Good enough to be judged</source>
   <translation>Assez bonne pour être jugée</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not good enough to be judged</source>
   <translation>Pas assez bonne pour être jugée</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not measured</source>
   <translation>Non mesuré</translation>
  </message>
 </context>
 <context>
  <name>Rail</name>
  <message>
   <location filename="rail.py" />
   <source>Pages</source>
   <translation>Pages</translation>
  </message>
 </context>
 <context>
  <name>RankingNote</name>
  <message>
   <location filename="cell_orders.py" />
   <source>Comparing cells: {0} of {1}</source>
   <translation>Comparaison des cellules : {0} sur {1}</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Finding out which cells teach most</source>
   <translation>Recherche des cellules qui apprennent le plus</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
 </context>
 <context>
  <name>ReadingCard</name>
  <message>
   <location filename="reading_card.py" />
   <source>Cell {0} of {1}: what is the one in the middle?</source>
   <translation>Cellule {0} sur {1} : quelle est celle du milieu ?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Go on later</source>
   <translation>Continuer plus tard</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Next cell</source>
   <translation>Cellule suivante</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Practice, cell {0} of {1}: what is the one in the middle?</source>
   <translation>Exercice, cellule {0} sur {1} : quelle est celle du milieu ?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>The cell to name</source>
   <translation>La cellule à nommer</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>You: {0}. {1} had decided: {2}. The program: {3}, {4}.</source>
   <translation>Vous : {0}. {1} avait décidé : {2}. Le programme : {3}, {4}.</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>no class</source>
   <translation>aucune classe</translation>
  </message>
 </context>
 <context>
  <name>ReasonLine</name>
  <message>
   <location filename="reason_line.py" />
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>It does not tell leukemic from healthy cells as it is fed: {0}. It judges only with a reason.</source>
   <translation>De la manière dont il reçoit les cellules, il ne distingue pas les leucémiques des saines : {0}. Il ne juge qu’avec une raison.</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Let it judge</source>
   <translation>Le laisser juger</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>The reason goes into the audit trail; then the model judges new images</source>
   <translation>La raison va dans le journal d’audit ; ensuite le modèle juge les nouvelles images</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Why this model is to judge all the same</source>
   <translation>Pourquoi ce modèle doit juger malgré tout</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Write the reason…</source>
   <translation>Écrire la raison…</translation>
  </message>
 </context>
 <context>
  <name>Recording</name>
  <message>
   <location filename="recording.py" />
   <source>End recording</source>
   <translation>Terminer l’enregistrement</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record</source>
   <translation>Enregistrer</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record…</source>
   <translation>Enregistrer…</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Video (*.avi *.mp4)</source>
   <translation>Vidéo (*.avi *.mp4)</translation>
  </message>
 </context>
 <context>
  <name>RecordingLight</name>
  <message>
   <location filename="recording_light.py" />
   <source>Recording, {0}</source>
   <translation>Enregistrement, {0}</translation>
  </message>
 </context>
 <context>
  <name>RecoverSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Open the cases</source>
   <translation>Ouvrir les cas</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Clé de récupération</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>These cases are encrypted, and their key is not on this computer, or its keyring is locked. Type the recovery key from the paper or file that was made when they were encrypted: 12 groups, in capitals or not.</source>
   <translation>Ces cas sont chiffrés, et leur clé n’est pas sur cet ordinateur, ou son trousseau est verrouillé. Tapez la clé de récupération du papier ou du fichier fait lors du chiffrement : 12 groupes, en majuscules ou non.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type the recovery key</source>
   <translation>Tapez la clé de récupération</translation>
  </message>
 </context>
 <context>
  <name>RecoveryPaper</name>
  <message>
   <location filename="recovery_paper.py" />
   <source>It cannot be made again.</source>
   <translation>Elle ne peut pas être refaite.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Lock this page away. Who has it can read the cases and their backups.</source>
   <translation>Mettez cette page sous clé. Qui l’a peut lire les cas et leurs sauvegardes.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Recovery key of the cases</source>
   <translation>Clé de récupération des cas</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>When the computer is lost, or its keyring: install LeukoScope, put the data folder or a backup back, and type this key when the program asks for it.</source>
   <translation>Si l’ordinateur ou son trousseau est perdu : installez LeukoScope, remettez le dossier de données ou une sauvegarde, et tapez cette clé quand le programme la demande.</translation>
  </message>
 </context>
 <context>
  <name>Report</name>
  <message>
   <location filename="cards.py" />
   <source>(program: {said})</source>
   <translation>(programme : {said})</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % Wilson intervals.</source>
   <translation>intervalles de Wilson à 95 %.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>95 % interval</source>
   <translation>Intervalle à 95 %</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % interval {low} to {high} %</source>
   <translation>intervalle à 95 % : {low} à {high} %</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>A map shows evidence for the side the model leans to, on a scale that is the same for every cell: from nothing to a top that was fixed for each map when the model was made. Little color means little evidence.</source>
   <translation>Une carte montre les indices en faveur du côté vers lequel penche le modèle, sur une échelle identique pour chaque cellule : de rien jusqu’à un maximum fixé pour chaque carte lors de la création du modèle. Peu de couleur signifie peu d’indices.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>A person has decided {n} of {total} cells; their label counts.</source>
   <translation>Une personne a décidé pour {n} cellules sur {total} ; son étiquette compte.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>A probability is calibrated on the data named beside each model. On slides, stains and cameras unlike those data it can be wrong with great confidence; “unlike the training data” catches many such cells, not all.</source>
   <translation>Une probabilité est calibrée sur les données indiquées à côté de chaque modèle. Avec des lames, colorations et caméras différentes de ces données, elle peut se tromper avec une grande assurance ; « différente des données d’entraînement » repère beaucoup de ces cellules, pas toutes.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Agreement of the models</source>
   <translation>Accord des modèles</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Toutes les images de ce cas ont été dessinées par LeukoScope : un champ de sang ordinaire, un champ avec des blastes et des cellules seules. Essayez les touches ; rien ne peut casser.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Amended; earlier reports stay.</source>
   <translation>Amendé ; les rapports antérieurs restent.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Amendments</source>
   <translation>Amendements</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>And {n} more; the table lists them all.</source>
   <translation>Et {n} autres ; le tableau les énumère toutes.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Artifacts</source>
   <translation>Artéfacts</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Basophils</source>
   <translation>Basophiles</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Begun</source>
   <translation>Ouvert</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Blasts</source>
   <translation>Blastes</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Blasts among the mononuclear cells: {n} of {total}, {percent} (95 % interval {low} to {high} %).</source>
   <translation>Blastes parmi les cellules mononucléées : {n} sur {total}, {percent} (intervalle à 95 % de {low} à {high} %).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Blue of empty glass</source>
   <translation>Bleu du verre vide</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Calibration</source>
   <translation>Calibration</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Case</source>
   <translation>Cas</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Case {number}</source>
   <translation>Cas {number}</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell</source>
   <translation>Cellule</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell {n}</source>
   <translation>Cellule {n}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Cells are shown as the models saw them: cut out, on black, at the scale of the training images.</source>
   <translation>Les cellules sont montrées telles que les modèles les ont vues : découpées, sur fond noir, à l’échelle des images d’entraînement.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Cells drawn by a person: {drawn}. Cells taken out by a person: {removed}.</source>
   <translation>Cellules dessinées par une personne : {drawn}. Cellules retirées par une personne : {removed}.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Cells with the look of blasts; a second person and immunophenotyping shall confirm them.</source>
   <translation>Cellules d’aspect blastique ; à confirmer par une deuxième personne et par immunophénotypage.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cells {first} to {last}</source>
   <translation>Cellules {first} à {last}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Class</source>
   <translation>Classe</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Clipping</source>
   <translation>Surexposition</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Color</source>
   <translation>Couleur</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Conclusion</source>
   <translation>Conclusion</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Counted</source>
   <translation>Comptés</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Date and signature</source>
   <translation>Date et signature</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Date of birth and sex</source>
   <translation>Date de naissance et sexe</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Decided {label} by {name}, {moment}; the program says {said}.</source>
   <translation>{name} a décidé {label}, {moment} ; le programme dit {said}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Decision support, not a medical device</source>
   <translation>Aide à la décision, pas un dispositif médical</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Demo, not a person</source>
   <translation>Démo, pas une personne</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Diameter of red cells</source>
   <translation>Diamètre des globules rouges</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Differential</source>
   <translation>Formule leucocytaire</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Differential within the usual range; no cell with the look of a blast among the counted cells.</source>
   <translation>Formule dans les limites habituelles ; aucune cellule d’aspect blastique parmi les cellules comptées.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Distance from known cells</source>
   <translation>Distance aux cellules connues</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Distance from the training cells: {share} of the limit.</source>
   <translation>Distance aux cellules d’entraînement : {share} de la limite.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Drawn by {name}, {moment}.</source>
   <translation>Dessinée par {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Drawn smear</source>
   <translation>Frottis dessiné</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Each model gives a calibrated probability that the cell is leukemic, 0 to 1. The bar shows it as the shape of the model’s own verdict; the amber stretch is the unsure band.</source>
   <translation>Chaque modèle donne une probabilité calibrée que la cellule soit leucémique, de 0 à 1. La barre la montre sous la forme du verdict du modèle lui-même ; la partie ambrée est la bande d’incertitude.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Earlier cases of this patient</source>
   <translation>Cas antérieurs de ce patient</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Eosinophils</source>
   <translation>Éosinophiles</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Erythroblasts</source>
   <translation>Érythroblastes</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Erythroblasts in the blood.</source>
   <translation>Érythroblastes dans le sang.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Erythroblasts: {n} for 100 white cells (95 % interval {low} to {high}).</source>
   <translation>Érythroblastes : {n} pour 100 leucocytes (intervalle à 95 % de {low} à {high}).</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Evidence for the model’s leaning, fixed scale:</source>
   <translation>Indices pour le modèle, échelle fixe :</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Exposure</source>
   <translation>Exposition</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Fewer than {n} white cells were counted: the percentages say little.</source>
   <translation>Moins de {n} leucocytes ont été comptés : les pourcentages disent peu.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Fields</source>
   <translation>Champs</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band.</source>
   <translation>Chiffres : probabilité de leucémique, 0 à 1. Ambre : incertitude.</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Focus</source>
   <translation>Mise au point</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Healthy</source>
   <translation>Saine</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>How to read this report</source>
   <translation>Comment lire ce rapport</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Illumination</source>
   <translation>Éclairage</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Image quality</source>
   <translation>Qualité d’image</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: good.</source>
   <translation>Qualité d’image : bonne.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: not good enough.</source>
   <translation>Qualité d’image : insuffisante.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: warning.</source>
   <translation>Qualité d’image : avertissement.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Immature granulocytes</source>
   <translation>Granulocytes immatures</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Immature granulocytes in the blood (left shift).</source>
   <translation>Granuleux immatures dans le sang (myélémie).</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Imported by the user; nothing is known of its training.</source>
   <translation>Importé par l’utilisateur ; on ne sait rien de son entraînement.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>Sous contrôle ; limites {low} à {high}.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>It judges single white blood cells in stained smears under bright-field microscopy. It does not judge other stains, other cells, bone marrow architecture, or a patient.</source>
   <translation>Il juge des globules blancs isolés sur des frottis colorés en microscopie à fond clair. Il ne juge ni d’autres colorations, ni d’autres cellules, ni l’architecture de la moelle osseuse, ni un patient.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic</source>
   <translation>Leucémique</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic among all cells of each case, with 95 % Wilson intervals, as the cases stand today.</source>
   <translation>Leucémiques parmi toutes les cellules de chaque cas, avec intervalles de Wilson à 95 %, selon l’état actuel des cas.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>LeukoScope is decision support for research and evaluation. It is not a medical device, and nothing in this report is a medical finding by itself: a qualified person looks at the cells and decides.</source>
   <translation>LeukoScope est une aide à la décision pour la recherche et l’évaluation. Ce n’est pas un dispositif médical, et rien dans ce rapport n’est en soi un constat médical : une personne qualifiée regarde les cellules et décide.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Light of empty glass</source>
   <translation>Lumière du verre vide</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Lymphocytes</source>
   <translation>Lymphocytes</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Lymphocytes predominate; their look is that of mature cells.</source>
   <translation>Les lymphocytes prédominent ; leur aspect est celui de cellules matures.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Mature neutrophils predominate.</source>
   <translation>Les neutrophiles matures prédominent.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>May-Grünwald-Giemsa (drawn)</source>
   <translation>May-Grünwald-Giemsa (dessiné)</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Microscope</source>
   <translation>Microscope</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Models</source>
   <translation>Modèles</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Models, how to read this report, and its limits</source>
   <translation>Modèles, lecture de ce rapport et ses limites</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Monocytes</source>
   <translation>Monocytes</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Most often: {advice}</source>
   <translation>Le plus souvent : {advice}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Motion</source>
   <translation>Mouvement</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Network</source>
   <translation>Réseau</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Neutrophils</source>
   <translation>Neutrophiles</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>No cell is unsure by the program’s judgment.</source>
   <translation>Aucune cellule n’est incertaine selon le programme.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No cell was judged in this case.</source>
   <translation>Aucune cellule n’a été jugée dans ce cas.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>No font on this computer has these characters; they are printed as empty boxes: {codes}.</source>
   <translation>Aucune police de cet ordinateur n’a ces caractères ; ils sont imprimés comme des cases vides : {codes}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No person has decided on any cell yet: these are the program’s labels.</source>
   <translation>Personne n’a encore décidé pour aucune cellule : ce sont les étiquettes du programme.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>No relevant change against the earlier cases of this patient.</source>
   <translation>Pas de changement notable par rapport aux cas antérieurs de ce patient.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>No white cells</source>
   <translation>Pas des leucocytes</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Not counted: {what}.</source>
   <translation>Non comptées : {what}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Not named</source>
   <translation>Non nommées</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Note</source>
   <translation>Note</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Notes</source>
   <translation>Notes</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Number</source>
   <translation>Numéro</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>On stains, cameras and specimens unlike its training data it can be wrong with great confidence. A qualified person looks at the cells and decides.</source>
   <translation>Sur des colorations, caméras et prélèvements différents de ses données d’entraînement, il peut se tromper avec assurance. Une personne qualifiée regarde les cellules et décide.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Opened again</source>
   <translation>Rouvert</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Operator</source>
   <translation>Opérateur</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Other class</source>
   <translation>Autre classe</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Hors contrôle ({rules}) ; limites {low} à {high}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Page {page}</source>
   <translation>Page {page}</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Page {page} of {pages}</source>
   <translation>Page {page} sur {pages}</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient number</source>
   <translation>Numéro de patient</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>People’s corrections</source>
   <translation>Corrections des personnes</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Percent</source>
   <translation>Pour cent</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Please compare with the complete blood count.</source>
   <translation>À comparer avec la numération formule sanguine.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: amended by {name}, {moment}, and not signed since.</source>
   <translation>Provisoire : amendé par {name}, {moment}, et pas signé depuis.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: every cell has been looked at, and nobody has signed this report yet.</source>
   <translation>Provisoire : chaque cellule a été examinée, et personne n’a encore signé ce rapport.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: nobody has signed this report.</source>
   <translation>Provisoire : personne n’a signé ce rapport.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program</source>
   <translation>Programme</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program and people</source>
   <translation>Programme et personnes</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>Proof of the content</source>
   <translation>Preuve du contenu</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Quality control</source>
   <translation>Contrôle de qualité</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Reason: {reason}</source>
   <translation>Motif : {reason}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Red of empty glass</source>
   <translation>Rouge du verre vide</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Resolution</source>
   <translation>Résolution</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Result</source>
   <translation>Résultat</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Reviewed by</source>
   <translation>Revu par</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Rules</source>
   <translation>Règles</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Runs</source>
   <translation>Passages</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Scale</source>
   <translation>Échelle</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>Shape, against healthy lymphocytes: {figures}.</source>
   <translation>Forme, comparée à des lymphocytes sains : {figures}.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Share of unsure cells</source>
   <translation>Part de cellules incertaines</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>Shares are given with their number of cells and a 95 % Wilson interval. The interval counts the chance of drawing these cells; it does not count the errors of the models.</source>
   <translation>Les proportions sont données avec leur nombre de cellules et un intervalle de Wilson à 95 %. L’intervalle tient compte du hasard du tirage de ces cellules ; il ne tient pas compte des erreurs des modèles.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Signatures</source>
   <translation>Signatures</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Signed by {name}, {moment}.</source>
   <translation>Signé par {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Size</source>
   <translation>Taille</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smear or stain of limited quality; a new smear is recommended.</source>
   <translation>Frottis ou coloration de qualité limitée ; un nouveau frottis est recommandé.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Smudge cells</source>
   <translation>Cellules écrasées</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smudge cells; the count is uncertain.</source>
   <translation>Ombres nucléaires ; le compte est incertain.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Specimen</source>
   <translation>Échantillon</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Stain</source>
   <translation>Coloration</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of nuclei</source>
   <translation>Coloration des noyaux</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of red cells</source>
   <translation>Coloration des globules rouges</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Summary</source>
   <translation>Résumé</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Taken out by {name}, {moment}: {image}, {width} × {height} px at {x}, {y}; the program says {said}.</source>
   <translation>Retirée par {name}, {moment} : {image}, {width} × {height} px à {x}, {y} ; le programme dit {said}.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Temperature {temperature}, bias {bias}; {fitted_on}</source>
   <translation>Température {temperature}, biais {bias} ; {fitted_on}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>The audit trail ended with {trail} when this was printed.</source>
   <translation>Le journal se terminait par {trail} à l’impression.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies above the unsure band.</source>
   <translation>La probabilité combinée de leucémique se situe au-dessus de la bande d’incertitude.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies below the unsure band.</source>
   <translation>La probabilité combinée de leucémique se situe au-dessous de la bande d’incertitude.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>The maps show where in the picture a model’s opinion comes from. They do not show what the cell is, and a convincing map does not make an opinion right.</source>
   <translation>Les cartes montrent de quelle partie de l’image vient l’avis d’un modèle. Elles ne montrent pas ce qu’est la cellule, et une carte convaincante ne rend pas un avis juste.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models agree.</source>
   <translation>Les modèles sont d’accord.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cell.</source>
   <translation>Les modèles penchent de côtés différents pour {n} cellule.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cells.</source>
   <translation>Les modèles penchent de côtés différents pour {n} cellules.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models lean to different sides.</source>
   <translation>Les modèles penchent de côtés différents.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The program does not guess: a person looks at the cell. The reason stands beside it.</source>
   <translation>Le programme ne devine pas : une personne regarde la cellule. La raison figure à côté.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The program judges single cells in the images of this case. It does not know the patient’s history, other findings, marrow, immunophenotype or genetics, and not what lies outside the images.</source>
   <translation>Le programme juge des cellules isolées dans les images de ce cas. Il ne connaît ni les antécédents, ni les autres résultats, la moelle, l’immunophénotype ou la génétique, ni ce qui est hors des images.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>The program said, and what counts now</source>
   <translation>Ce qu’a dit le programme et ce qui compte maintenant</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>This SHA-256 is made of everything the report says of the case: images, cells, opinions, labels, signatures and amendments. The QR code on the first page holds it. If the case says otherwise today, its SHA-256 is another one.</source>
   <translation>Ce SHA-256 est calculé sur tout ce que le rapport dit du cas : images, cellules, avis, étiquettes, signatures et amendements. Le code QR de la première page le contient. Si le cas dit autre chose aujourd’hui, son SHA-256 est un autre.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>This version is no longer installed; its card is not at hand.</source>
   <translation>Cette version n’est plus installée ; sa fiche n’est pas disponible.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Thresholds</source>
   <translation>Seuils</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope audit verify --printed {trail}</source>
   <translation>Pour comparer : leukoscope audit verify --printed {trail}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope export NUMBER --fingerprint</source>
   <translation>Pour comparer : leukoscope export NUMÉRO --fingerprint</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Too few white cells for a reliable differential; a new smear is recommended.</source>
   <translation>Trop peu de globules blancs pour une formule fiable ; un nouveau frottis est recommandé.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Trained on {n} cells of {name}.</source>
   <translation>Entraîné sur {n} cellules de {name}.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Training</source>
   <translation>Entraînement</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Unsure</source>
   <translation>Incertaine</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Unsure: {reasons}.</source>
   <translation>Incertaine : {reasons}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>What the program cannot know</source>
   <translation>Ce que le programme ne peut pas savoir</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>What this is and is not for</source>
   <translation>À quoi cela sert et ne sert pas</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>When</source>
   <translation>Quand</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>White balance</source>
   <translation>Balance des blancs</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>White blood cell report</source>
   <translation>Rapport sur les globules blancs</translation>
  </message>
  <message>
   <location filename="report_header.py" />
   <source>White blood cells judged by machine, to support the people who decide. Not a medical device.</source>
   <translation>Globules blancs jugés par une machine, pour aider les personnes qui décident. Pas un dispositif médical.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Who</source>
   <translation>Qui</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Why cells are unsure</source>
   <translation>Pourquoi des cellules sont incertaines</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Written {moment} by {software}.</source>
   <translation>Écrit le {moment} par {software}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>artifact</source>
   <translation>artefact</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>basophil</source>
   <translation>polynucléaire basophile</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>blast</source>
   <translation>blaste</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>cell area</source>
   <translation>aire de la cellule</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>chromatin texture</source>
   <translation>texture de la chromatine</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>cut off by the edge: {n}</source>
   <translation>coupées par le bord : {n}</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>decision support, not a medical device</source>
   <translation>aide à la décision, pas un dispositif médical</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>diameter</source>
   <translation>diamètre</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>eosinophil</source>
   <translation>polynucléaire éosinophile</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>erythroblast</source>
   <translation>érythroblaste</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>erythroblasts: {n}</source>
   <translation>érythroblastes : {n}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>falloff</source>
   <translation>baisse au bord</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>female</source>
   <translation>féminin</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>form factor</source>
   <translation>facteur de forme</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>four runs in a row are more than 1 standard deviation away, on the same side</source>
   <translation>quatre mesures de suite sont à plus de 1 écart type, du même côté</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>good: {n}</source>
   <translation>bonnes : {n}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>healthy below {low}, leukemic above {high}, unsure between</source>
   <translation>saine au-dessous de {low}, leucémique au-dessus de {high}, incertaine entre</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image good.</source>
   <translation>image bonne.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not good enough to be judged.</source>
   <translation>image pas assez bonne pour être jugée.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not readable.</source>
   <translation>image illisible.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>image quality</source>
   <translation>qualité d’image</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image usable, with a warning.</source>
   <translation>image utilisable, avec un avertissement.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images good.</source>
   <translation>images bonnes.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images in this case.</source>
   <translation>images dans ce cas.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not good enough to be judged.</source>
   <translation>images pas assez bonnes pour être jugées.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not readable.</source>
   <translation>images illisibles.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images usable, with a warning.</source>
   <translation>images utilisables, avec un avertissement.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>immature granulocyte</source>
   <translation>granuleux immature</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>in clusters: {n}</source>
   <translation>en amas : {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>inside unsure band</source>
   <translation>dans la bande d’incertitude</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>leans {side}</source>
   <translation>plutôt {side}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>levels</source>
   <translation>niveaux</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>lobes</source>
   <translation>lobes</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>lymphocyte</source>
   <translation>lymphocyte</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>male</source>
   <translation>masculin</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>maximum</source>
   <translation>maximum</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>models disagree</source>
   <translation>modèles en désaccord</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>monocyte</source>
   <translation>monocyte</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cell</source>
   <translation>n = {n} cellule</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cells</source>
   <translation>n = {n} cellules</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} on</source>
   <translation>nomme une cellule à partir d’une probabilité de {low}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} to {high} on, by its class</source>
   <translation>nomme une cellule à partir d’une probabilité de {low} à {high}, selon sa classe</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>neutrophil</source>
   <translation>polynucléaire neutrophile</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>no white cell</source>
   <translation>pas un globule blanc</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>no white cells: {n}</source>
   <translation>pas des leucocytes : {n}</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not calibrated</source>
   <translation>non calibrée</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not good enough</source>
   <translation>insuffisant</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not good enough: {n}</source>
   <translation>insuffisantes : {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>not named</source>
   <translation>non nommée</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not readable: {n}</source>
   <translation>illisibles : {n}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>nucleus area</source>
   <translation>aire du noyau</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of 255</source>
   <translation>sur 255</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of the pixels</source>
   <translation>des pixels</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>of two runs in a row one is more than 2 standard deviations above and one below</source>
   <translation>de deux mesures de suite, l’une est à plus de 2 écarts types au-dessus et l’autre au-dessous</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>of {n}</source>
   <translation>sur {n}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>one run is more than 3 standard deviations from the mean</source>
   <translation>une mesure est à plus de 3 écarts types de la moyenne</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>other</source>
   <translation>autre</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>precursor</source>
   <translation>précurseur</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary</source>
   <translation>provisoire</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary: amended, not signed since</source>
   <translation>provisoire : amendé, pas signé depuis</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>px per cell</source>
   <translation>px par cellule</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>saturation</source>
   <translation>saturation</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>see below</source>
   <translation>voir ci-dessous</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>sensitivity</source>
   <translation>sensibilité</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>sex unknown</source>
   <translation>sexe inconnu</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>smudge cell</source>
   <translation>ombre de Gumprecht</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>specificity</source>
   <translation>spécificité</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>ten runs in a row are on the same side of the mean</source>
   <translation>dix mesures de suite sont du même côté de la moyenne</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>this case</source>
   <translation>ce cas</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>two runs in a row are more than 2 standard deviations away, on the same side</source>
   <translation>deux mesures de suite sont à plus de 2 écarts types, du même côté</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike any known cell</source>
   <translation>ne ressemble à aucune cellule connue</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike known mononuclear cells</source>
   <translation>ne ressemble pas aux cellules mononucléées connues</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>warning</source>
   <translation>avertissement</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>with a warning: {n}</source>
   <translation>avec avertissement : {n}</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>with: {advice}</source>
   <translation>avec : {advice}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, high</source>
   <translation>{figure}, élevé</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, low</source>
   <translation>{figure}, bas</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{images} and {cells}</source>
   <translation>{images} et {cells}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{low} to {high} %</source>
   <translation>{low} à {high} %</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>{meaning} (earlier report)</source>
   <translation>{meaning} (rapport antérieur)</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>{missing} of {runs} runs are missing until there are limits.</source>
   <translation>Il manque {missing} passages sur {runs} avant d’avoir des limites.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>{models}. Their thresholds and figures stand on the last pages.</source>
   <translation>{models}. Leurs seuils et chiffres figurent sur les dernières pages.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name} remarks: “{text}”</source>
   <translation>{name} remarque : « {text} »</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>{name} signed an earlier report, {moment}.</source>
   <translation>{name} a signé un rapport antérieur, {moment}.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name}: {label}, {moment}; program: {said}.</source>
   <translation>{name} : {label}, {moment} ; programme : {said}.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{number}, not signed</source>
   <translation>{number}, non signé</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cell</source>
   <translation>{n} cellule</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cells</source>
   <translation>{n} cellules</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{n} deciding cells of {total}</source>
   <translation>{n} cellules décisives sur {total}</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{n} earlier ones are not listed.</source>
   <translation>{n} cas plus anciens ne sont pas listés.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} image</source>
   <translation>{n} image</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} image not judged</source>
   <translation>{n} image non jugée</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} images</source>
   <translation>{n} images</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} images not judged</source>
   <translation>{n} images non jugées</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} more cells would make every percentage certain within 3 %.</source>
   <translation>Avec {n} cellules de plus, chaque pourcentage serait sûr à 3 % près.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} of {total} cells were counted, by a person’s label, else by the program’s; a person has labeled {labeled} of them.</source>
   <translation>{n} cellules sur {total} ont été comptées, selon l’étiquette d’une personne, sinon celle du programme ; une personne en a étiqueté {labeled}.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} year</source>
   <translation>{n} an</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} years</source>
   <translation>{n} ans</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>{n} µm per pixel</source>
   <translation>{n} µm par pixel</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{title}: weak evidence</source>
   <translation>{title} : indice faible</translation>
  </message>
 </context>
 <context>
  <name>ReportPage</name>
  <message>
   <location filename="page.py" />
   <source>Choose one on the Worklist; its report stands here.</source>
   <translation>Choisissez-en un dans la liste de travail ; son rapport apparaît ici.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Export PDF…</source>
   <translation>Exporter le PDF…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>In brackets: 95 % interval (Wilson).</source>
   <translation>Entre parenthèses : intervalle à 95 % (Wilson).</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It appears here in a moment.</source>
   <translation>Il apparaît ici dans un instant.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the pages</source>
   <translation>Mise en page</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the preview</source>
   <translation>Mise en page de l’aperçu</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Making the message</source>
   <translation>Préparation du message</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>More ways out</source>
   <translation>Autres formats</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No case is open</source>
   <translation>Aucun cas n’est ouvert</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing to report yet</source>
   <translation>Rien à rapporter pour l’instant</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images; the report is made of what is found in them.</source>
   <translation>Ouvrez des images ; le rapport est fait de ce qui s’y trouve.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images…</source>
   <translation>Ouvrir des images…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Preview</source>
   <translation>Aperçu</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Print…</source>
   <translation>Imprimer…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Send to the hospital’s system</source>
   <translation>Envoyer au système de l’hôpital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Show the preview</source>
   <translation>Afficher l’aperçu</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The report is being laid out</source>
   <translation>Le rapport est en cours de mise en page</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>There is no preview</source>
   <translation>Il n’y a pas d’aperçu</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This case has {0} cells; a preview of them takes a moment.</source>
   <translation>Ce cas a {0} cellules ; leur aperçu prend un moment.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Try again</source>
   <translation>Réessayer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the PDF</source>
   <translation>Écriture du PDF</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the file</source>
   <translation>Écriture du fichier</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>cell {0} of {1}</source>
   <translation>cellule {0} sur {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>no patient written yet</source>
   <translation>pas encore de patient</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} labeled by a person.</source>
   <translation>{0} étiquetées par une personne.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} of the images could not be judged; the report says why.</source>
   <translation>{0} des images n’ont pas pu être jugées ; le rapport dit pourquoi.</translation>
  </message>
 </context>
 <context>
  <name>ReportPanel</name>
  <message>
   <location filename="report_panel.py" />
   <source>All cells</source>
   <translation>Toutes les cellules</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>As shipped</source>
   <translation>Comme livré</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Conclusion</source>
   <translation>Conclusion</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells</source>
   <translation>Cellules décisives</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells are those named otherwise by a person, unsure and leukemic ones, 48 at most.</source>
   <translation>Sont décisives les cellules nommées autrement par une personne, incertaines et leucémiques, 48 au plus.</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Differential</source>
   <translation>Formule leucocytaire</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Down</source>
   <translation>Descendre</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Drag a part to another place; a part without a tick is left out</source>
   <translation>Glisser une partie ailleurs ; sans coche, elle est omise</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Earlier cases of the patient</source>
   <translation>Cas antérieurs du patient</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Image quality</source>
   <translation>Qualité d’image</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Keep phrases</source>
   <translation>Garder les phrases</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Leukemic, healthy, unsure</source>
   <translation>Leucémique, sain, incertain</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>None</source>
   <translation>Aucune</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Offer again what the program comes with, in the language of reports</source>
   <translation>Proposer de nouveau ce que le programme apporte, dans la langue des rapports</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Parts of the first page, in their order</source>
   <translation>Parties de la première page, dans leur ordre</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Phrases of the program</source>
   <translation>Phrases du programme</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Pictures and maps of cells</source>
   <translation>Images et cartes des cellules</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Signatures</source>
   <translation>Signatures</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Standard phrases, one in each line</source>
   <translation>Phrases types, une par ligne</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Stands on every report</source>
   <translation>Figure sur chaque rapport</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Up</source>
   <translation>Monter</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>What the program cannot know</source>
   <translation>Ce que le programme ne peut pas savoir</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>{0} (always)</source>
   <translation>{0} (toujours)</translation>
  </message>
 </context>
 <context>
  <name>RereadController</name>
  <message>
   <location filename="rereads.py" />
   <source>All {0} cells are read.</source>
   <translation>Les {0} cellules sont toutes lues.</translation>
  </message>
 </context>
 <context>
  <name>ReviewEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>Add the first images</source>
   <translation>Ajoutez les premières images</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Drop image files or folders here, paste an image, or open them.</source>
   <translation>Déposez ici des fichiers ou dossiers d’images, collez une image ou ouvrez-les.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case is open</source>
   <translation>Aucun cas n’est ouvert</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images to start a new case, or choose one on the Worklist. You can also drop images here.</source>
   <translation>Ouvrez des images pour commencer un nouveau cas, ou choisissez-en un dans la liste de travail. Vous pouvez aussi déposer des images ici.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images…</source>
   <translation>Ouvrir des images…</translation>
  </message>
 </context>
 <context>
  <name>RunBar</name>
  <message>
   <location filename="charts_view.py" />
   <source>Leave this run out</source>
   <translation>Laisser cette mesure de côté</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count</source>
   <translation>Pourquoi la mesure ne compte pas</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count: oil on the slide</source>
   <translation>Pourquoi la mesure ne compte pas : huile sur la lame</translation>
  </message>
 </context>
 <context>
  <name>SavingSheet</name>
  <message>
   <location filename="saving_sheet.py" />
   <source>1 change is being written.</source>
   <translation>1 modification est en cours d’écriture.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Close without saving</source>
   <translation>Fermer sans enregistrer</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Keep the window open</source>
   <translation>Garder la fenêtre ouverte</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Saving …</source>
   <translation>Enregistrement …</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>The window closes by itself as soon as this is done. Without saving, these changes are lost.</source>
   <translation>La fenêtre se ferme d’elle-même dès que c’est fait. Sans enregistrer, ces modifications sont perdues.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>{0} changes are being written.</source>
   <translation>{0} modifications sont en cours d’écriture.</translation>
  </message>
 </context>
 <context>
  <name>ScaleForm</name>
  <message>
   <location filename="scale_form.py" />
   <source>100× oil</source>
   <translation>100× huile</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Adapter</source>
   <translation>Adaptateur</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Also for the images of this case</source>
   <translation>Aussi pour les images de ce cas</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera adapter</source>
   <translation>Adaptateur de caméra</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera pixel</source>
   <translation>Pixel de caméra</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Check it: a red cell is then about {0} pixels wide.</source>
   <translation>Vérifiez : un globule rouge mesure alors environ {0} pixels.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Draw a line over the stage micrometer in the image; Shift keeps it straight.</source>
   <translation>Tracez une ligne sur le micromètre dans l’image ; Maj la garde droite.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Give the objective a name to keep this scale.</source>
   <translation>Donnez un nom à l’objectif pour garder cette échelle.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>How the scale is found</source>
   <translation>Comment l’échelle est trouvée</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Keep and use</source>
   <translation>Garder et utiliser</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Length of the line in pixels</source>
   <translation>Longueur de la ligne en pixels</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Line</source>
   <translation>Ligne</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name of the objective</source>
   <translation>Nom de l’objectif</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective</source>
   <translation>Objectif</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective and camera</source>
   <translation>Objectif et caméra</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Set the scale</source>
   <translation>Définir l'échelle</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Side of a camera pixel</source>
   <translation>Côté d’un pixel de la caméra</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Stage micrometer</source>
   <translation>Micromètre objet</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>What the line spans</source>
   <translation>Ce que couvre la ligne</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>spans</source>
   <translation>couvre</translation>
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
   <translation>À {0} champs, rien n’était plus net que le reste.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Begins around where the stage stands, and goes back there.</source>
   <translation>Commence autour de l’endroit où se trouve la platine, et y revient.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Close; a scan under way goes on</source>
   <translation>Fermer ; un balayage en cours continue</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Fields</source>
   <translation>Champs</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Finding focus …</source>
   <translation>Recherche de la mise au point …</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus at each nth field</source>
   <translation>Mise au point tous les n champs</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus range, each way</source>
   <translation>Plage de mise au point, de chaque côté</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Order</source>
   <translation>Ordre</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Overlap</source>
   <translation>Chevauchement</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Row after row</source>
   <translation>Rangée après rangée</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan</source>
   <translation>Balayer</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan fields</source>
   <translation>Balayer des champs</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Spiral outwards</source>
   <translation>Spirale vers l’extérieur</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>never</source>
   <translation>jamais</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} champs sur {1} sont pris.</translation>
  </message>
 </context>
 <context>
  <name>ScanController</name>
  <message>
   <location filename="scanning.py" />
   <source>In the overview cells that two fields show can be counted once.</source>
   <translation>Dans la vue d’ensemble, les cellules que montrent deux champs peuvent être comptées une seule fois.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} champs sur {1} sont pris.</translation>
  </message>
 </context>
 <context>
  <name>Sentences</name>
  <message>
   <location filename="store_lock.py" />
   <source>A backup is just being put back; wait until that is done, then try again.</source>
   <translation>Une sauvegarde est en cours de restauration ; attendez que ce soit fait, puis réessayez.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>A camera’s address begins with http://, https:// or rtsp://; correct it.</source>
   <translation>L’adresse d’une caméra commence par http://, https:// ou rtsp:// ; corrigez-la.</translation>
  </message>
  <message>
   <location filename="control_service.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Une lame de contrôle est déjà en cours de mesure ; attendez, ou arrêtez-la d’abord.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>A field beside this one that is not judged yet counts this cell: fields of a slide overlap.</source>
   <translation>Un champ voisin qui n’est pas encore évalué compte cette cellule : les champs d’une lame se chevauchent.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A file cannot be set aside; check the disk and its permissions.</source>
   <translation>Un fichier ne peut pas être mis de côté ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="lines.py" />
   <source>A line to another system is in the clear, as an earlier version left it; encrypt it or confirm it on the Settings page.</source>
   <translation>Une liaison avec un autre système est en clair, comme une version antérieure l’a laissée ; chiffrez-la ou confirmez-la à la page Réglages.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named attention shows where a transformer looked, whatever it concluded.</source>
   <translation>Une carte nommée attention montre où un transformer a regardé, quelle que soit sa conclusion.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named occlusion shows by how much the log-odds fall when a place of the cell is covered.</source>
   <translation>Une carte nommée occlusion montre de combien baisse le log des cotes lorsqu’un endroit de la cellule est couvert.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A message about the erased case cannot be removed; close what has it open.</source>
   <translation>Un message sur le cas effacé ne peut pas être supprimé ; fermez ce qui le tient ouvert.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>A message that is no order was left out: {0}.</source>
   <translation>Un message qui n’est pas une demande a été laissé de côté : {0}.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>A model cannot be fed so, see {0}: {1}.</source>
   <translation>Un modèle ne peut pas être alimenté ainsi, voir {0} : {1}.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>A model cannot be prepared on this computer. Untick it on the Models page, and send the fault report of the Help menu to your support.</source>
   <translation>Un modèle ne peut pas être préparé sur cet ordinateur. Décochez-le à la page Modèles et envoyez à votre support le rapport d’incident du menu Aide.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>A model gave no number for what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Un modèle n’a donné aucun nombre pour ce qui se trouve en {0} (pixels depuis la gauche, depuis le haut) ; regardez-y vous-même.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>A model named “{0}” was installed meanwhile; put the backup back once more.</source>
   <translation>Un modèle nommé « {0} » a été installé entre-temps ; remettre la sauvegarde encore une fois.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>A model that names cells has no maps of the kind “{0}”; correct the manifest.</source>
   <translation>Un modèle qui nomme des cellules n’a pas de cartes du type « {0} » ; corrigez le manifeste.</translation>
  </message>
  <message>
   <location filename="views.py" />
   <source>A model wants to see what lies around the cell, which is not at hand; open the image again.</source>
   <translation>Un modèle veut voir ce qui entoure la cellule, ce qui n’est pas disponible ; ouvrez l’image de nouveau.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A newer message about this case took its place.</source>
   <translation>Un message plus récent sur ce cas a pris sa place.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>A password needs at least {0} characters; take a short sentence.</source>
   <translation>Un mot de passe demande au moins {0} caractères ; prenez une courte phrase.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person gave the case another priority than the list has; it was kept.</source>
   <translation>Une personne a donné au cas une autre priorité que la liste ; elle a été gardée.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another date of birth on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit dans le cas une autre date de naissance que la liste ; elle a été gardée.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another name of the patient on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit sur le cas un autre nom du patient que la liste ; il a été gardé.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another operator on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit sur le cas un autre opérateur que la liste ; il a été gardé.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another patient number on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit sur le cas un autre numéro de patient que la liste ; il a été gardé.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another sex of the patient on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit dans le cas un autre sexe que la liste ; il a été gardé.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another specimen on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit sur le cas un autre prélèvement que la liste ; il a été gardé.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another stain on the case than the list has; it was kept.</source>
   <translation>Une personne a écrit sur le cas une autre coloration que la liste ; elle a été gardée.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote other notes on the case than the list has; they were kept.</source>
   <translation>Une personne a écrit sur le cas d’autres remarques que la liste ; elles ont été gardées.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>A picture is written as PNG or TIFF; give the file such an ending.</source>
   <translation>Une image s’écrit en PNG ou TIFF ; donnez cette extension au fichier.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>A pixel of {0} µm cannot be right for a microscope; check the length and the units.</source>
   <translation>Un pixel de {0} µm n’est pas possible pour un microscope ; vérifiez la longueur et les unités.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>A quote is opened and not closed in this line.</source>
   <translation>Un guillemet est ouvert et non fermé dans cette ligne.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>A re-read has 1 to {0} cells.</source>
   <translation>Une relecture a de 1 à {0} cellules.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>A recording is written as AVI or MP4; give the file such an ending.</source>
   <translation>Un enregistrement s’écrit en AVI ou MP4 ; donnez cette extension au fichier.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is damaged in the case database; restore a backup or add the image again.</source>
   <translation>Une image enregistrée est endommagée dans la base de données des cas ; restaurez une sauvegarde ou ajoutez l’image de nouveau.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is damaged on the disk; restore a backup or add the image again.</source>
   <translation>Une image enregistrée est endommagée sur le disque ; restaurez une sauvegarde ou ajoutez l’image de nouveau.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is missing from the case database; restore a backup or add the image again.</source>
   <translation>Une image enregistrée manque dans la base de données des cas ; restaurez une sauvegarde ou ajoutez l’image de nouveau.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is missing from the data folder; restore a backup or add the image again.</source>
   <translation>Une image enregistrée manque dans le dossier de données ; restaurez une sauvegarde ou ajoutez l’image de nouveau.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>A scan has 1 to {0} fields that overlap by 0 to 90 %, and a focus that goes up to 1000 µm.</source>
   <translation>Un balayage a de 1 à {0} champs qui se chevauchent de 0 à 90 %, et une mise au point qui parcourt jusqu’à 1000 µm.</translation>
  </message>
  <message>
   <location filename="scan_plan.py" />
   <source>A scan needs the extra “micro-manager”, which is not installed here; ask whoever set this computer up.</source>
   <translation>Un balayage a besoin de l’extra « micro-manager », qui n’est pas installé ici ; demandez à la personne qui a installé cet ordinateur.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>A site profile in the store is damaged; restore a backup.</source>
   <translation>Un profil de site dans le stockage est endommagé ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot amend a signed case; ask a reviewer to sign in.</source>
   <translation>Un technicien ne peut pas amender un cas signé ; demandez à un relecteur de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export labeled cells; ask a reviewer to sign in.</source>
   <translation>Un technicien ne peut pas exporter de cellules étiquetées ; demandez à un réviseur de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export the audit trail; ask a reviewer to sign in.</source>
   <translation>Un technicien ne peut pas exporter le journal d’audit ; demandez à un relecteur de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot leave a control run out; ask a reviewer to sign in.</source>
   <translation>Un technicien ne peut pas écarter un passage de contrôle ; demandez à un relecteur de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot sign; ask a reviewer to sign in.</source>
   <translation>Un technicien ne peut pas signer ; demandez à un relecteur de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician sees their own re-reads only; ask a reviewer to sign in.</source>
   <translation>Un technicien ne voit que ses propres relectures ; demandez à un relecteur de se connecter.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>A timestamp is held against its authority’s certificate; choose the PEM file of it.</source>
   <translation>Un horodatage est vérifié avec le certificat de son autorité ; choisissez-en le fichier PEM.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A token does not open this; sign in with --as NAME and the password.</source>
   <translation>Un jeton n’ouvre pas ceci ; connectez-vous avec --as NOM et le mot de passe.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>A token holds for 1 to {0} days; choose another number.</source>
   <translation>Un jeton est valable de 1 à {0} jours ; choisissez un autre nombre.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>A token of somebody of the hospital’s directory needs a search account, by which they are looked up; an administrator sets it.</source>
   <translation>Le jeton d’une personne de l’annuaire de l’hôpital demande un compte de recherche pour la retrouver ; un administrateur le règle.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>A worklist of another computer is asked over an encrypted line: write tls:// before its address, or plain:// to ask in the clear.</source>
   <translation>Une liste de travail d’un autre ordinateur est interrogée par une ligne chiffrée : écrivez tls:// devant son adresse, ou plain:// pour l’interroger en clair.</translation>
  </message>
  <message>
   <location filename="acceptance.py" />
   <source>Accepting needs a reason; write what was found out about it.</source>
   <translation>L’acceptation a besoin d’un motif ; écrivez ce qui a été découvert à ce sujet.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Add an administrator first; else nobody could turn accounts off again.</source>
   <translation>Ajoutez d’abord un administrateur ; sinon personne ne pourrait désactiver les comptes.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>All cells of this re-read are answered.</source>
   <translation>Toutes les cellules de cette relecture ont une réponse.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Toutes les images de ce cas ont été dessinées par LeukoScope : un champ de sang ordinaire, un champ avec des blastes et des cellules isolées. Essayez les touches ; rien ne peut se casser.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one class; needed are {0}.</source>
   <translation>Toutes ces cellules sont d’une seule classe ; il faut {0}.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one patient; label cells of at least two patients of each class, so that what was learned can be tried on another one.</source>
   <translation>Toutes ces cellules viennent d’un seul patient ; étiquetez des cellules d’au moins deux patients de chaque classe, afin que ce qui a été appris puisse être essayé sur un autre.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Amended by {0}, {1}: {2}.</source>
   <translation>Amendé par {0}, {1} : {2}.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>An account needs a name.</source>
   <translation>Un compte a besoin d’un nom.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>An account of the laboratory is called “{0}” already; where it is yours, an administrator gives it to the directory (leukoscope people to-directory).</source>
   <translation>Un compte du laboratoire s’appelle déjà « {0} » ; si c’est le vôtre, un administrateur le confie à l’annuaire (leukoscope people to-directory).</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>An amendment needs a reason; write why the case is changed.</source>
   <translation>Un amendement a besoin d’un motif ; écrivez pourquoi le cas est changé.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>An encrypted file is damaged; restore a backup.</source>
   <translation>Un fichier chiffré est endommagé ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>Another message has come with this control number (MSH-10) within a day; give each message a number of its own.</source>
   <translation>Un autre message est arrivé avec ce numéro de contrôle (MSH-10) en moins d’un jour ; donnez à chaque message son propre numéro.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Another person has signed in meanwhile; do it again.</source>
   <translation>Une autre personne s’est connectée entre-temps ; refaites-le.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Another program has the case database open; close it, then try again.</source>
   <translation>Un autre programme tient ouverte la base de données des cas ; fermez-le, puis réessayez.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Another program of this user takes the orders in; close it, or leave it to that one.</source>
   <translation>Un autre programme de cet utilisateur reçoit les demandes ; fermez-le, ou laissez-le faire.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>Another workstation has just changed the site profiles; nothing was changed here. Look, then try again.</source>
   <translation>Un autre poste vient de modifier les profils ; rien n’a été modifié ici. Regarder, puis réessayer.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation has just taken this case number; look at the list of cases.</source>
   <translation>Un autre poste vient de prendre ce numéro de cas ; regardez la liste des cas.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>Another workstation has taught at the same time, with other patients locked away; nothing was kept here. Teach again.</source>
   <translation>Un autre poste a enseigné en même temps, avec d’autres patients mis à l’écart ; rien n’a été conservé ici. Enseigner de nouveau.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation is writing for long; wait a moment, then try again.</source>
   <translation>Un autre poste écrit depuis longtemps ; attendez un instant, puis réessayez.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Case {0}: {1} does not say what its rows do; leukoscope check --repair makes it right.</source>
   <translation>Cas {0} : {1} ne dit pas la même chose que ses lignes ; leukoscope check --repair le rectifie.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>Case {0}: {1} says again what its rows say.</source>
   <translation>Cas {0} : {1} dit de nouveau la même chose que ses lignes.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>Case “{0}” has this number already; open it, or choose another number.</source>
   <translation>Le cas « {0} » porte déjà ce numéro ; ouvrez-le ou choisissez un autre numéro.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>Case “{0}” was taken off the list; bring it back, or give its number to a new case.</source>
   <translation>Le cas « {0} » a été retiré de la liste ; rappelez-le ou donnez son numéro à un nouveau cas.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Des cellules sont déjà en cours de lecture ou d’apprentissage ; attendez, ou arrêtez d’abord.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Cells {0}: {1} ({2}).</source>
   <translation>Cellules {0} : {1} ({2}).</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose at least two cells of one image to merge them.</source>
   <translation>Choisir au moins deux cellules d’une image pour les fusionner.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose cells of one image that count; others cannot be changed together.</source>
   <translation>Choisir des cellules d’une même image qui comptent ; d’autres ne peuvent être modifiées ensemble.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Choose the PEM file with this computer’s certificate and key, or listen in the clear.</source>
   <translation>Choisissez le fichier PEM avec le certificat et la clé de cet ordinateur, ou écoutez en clair.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>Choose two models: one cannot be compared with itself.</source>
   <translation>Choisir deux modèles : un modèle ne peut pas être comparé à lui-même.</translation>
  </message>
  <message>
   <location filename="commitment_answers.py" />
   <source>Choose “Our certificate and key” first, or listen for the archive’s answers in the clear (plain://).</source>
   <translation>Choisissez d’abord « Notre certificat et clé », ou écoutez les réponses de l’archive en clair (plain://).</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum, or as near as the original's own answer where rounding moves it, and its own maps where its gradient jumps.</source>
   <translation>Le modèle compilé et l'original concordent sur les images d'essai : la probabilité à 1e-4 près, les cartes à 1e-3 de leur maximum près, ou d'aussi près que la réponse de l'original lui-même là où l'arrondi la déplace, et ses cartes là où son gradient saute.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Draw a longer line over the stage micrometer; the longer it is, the better the scale.</source>
   <translation>Tracez une ligne plus longue sur le micromètre ; plus elle est longue, meilleure est l’échelle.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>Earlier results in “{0}” cannot be replaced; close them in other programs.</source>
   <translation>Les résultats précédents dans « {0} » ne peuvent pas être remplacés ; fermez-les dans les autres programmes.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries 1 to {0} are older than the signatures of the trail and are not signed.</source>
   <translation>Les entrées 1 à {0} sont plus anciennes que les signatures du journal et ne sont pas signées.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries {0} to {1} are missing.</source>
   <translation>Les entrées {0} à {1} manquent.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} does not follow the one before it.</source>
   <translation>L’entrée {0} ne suit pas la précédente.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not signed.</source>
   <translation>L’entrée {0} n’est pas signée.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Entry {0} is not the one of which {1} tells.</source>
   <translation>L’entrée {0} n’est pas celle indiquée ici : {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not the one this workstation remembers.</source>
   <translation>L’entrée {0} n’est pas celle dont ce poste se souvient.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is signed by another key than that of this installation.</source>
   <translation>L’entrée {0} est signée par une autre clé que celle de cette installation.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} takes waiting images as they were found, though the trail knew of them before.</source>
   <translation>L’entrée {0} reprend des images en attente telles quelles, alors que le journal d’audit les connaissait déjà.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was blanked, and no erasure of its case tells why.</source>
   <translation>L’entrée {0} a été vidée, et aucun effacement de son cas ne dit pourquoi.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was changed.</source>
   <translation>L’entrée {0} a été changée.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Erasing needs a reason; write why the case is erased.</source>
   <translation>L’effacement a besoin d’un motif ; écrivez pourquoi le cas est effacé.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Fewer cells than usual are unsure: check which models and which site profile judge.</source>
   <translation>Moins de cellules incertaines que d’habitude : vérifiez quels modèles et quel profil du laboratoire jugent.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Figures of the proof by name, as text or numbers.</source>
   <translation>Chiffres de la preuve par nom, en texte ou en nombres.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of another installation.</source>
   <translation>À partir de l’entrée {0}, il est signé par la clé {1} d’une autre installation.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of this installation.</source>
   <translation>À partir de l’entrée {0}, il est signé par la clé {1} de cette installation.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Given back in the order of “{0}”, pixels restore the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>Rendus dans l’ordre de « {0} », les pixels rétablissent la réponse plus tôt que dans un ordre aléatoire sur {1} cellules sur {2}, plus tôt que du milieu vers l’extérieur sur {3}.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>Image {0} counts this cell already, because fields of a slide overlap; judge it there.</source>
   <translation>L’image {0} compte déjà cette cellule, car les champs d’une lame se chevauchent ; évaluez-la là.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Images of this case are being judged; wait or stop that, then erase it.</source>
   <translation>Des images de ce cas sont en cours d’évaluation ; attendez ou arrêtez cela, puis effacez-le.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>Sous contrôle ; limites {low} à {high}.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It came as no Keras file, and nothing else here computes it: compiled with and without its map it says the same of the probe pictures, to 1e-4. Its inside is not known, so it has a map by occlusion alone: places are covered one after the other.</source>
   <translation>Il n’est pas venu comme fichier Keras, et rien d’autre ici ne le calcule : compilé avec et sans sa carte, il dit la même chose des images d’essai, à 1e-4 près. Son intérieur n’est pas connu, il n’a donc qu’une carte par occlusion : des endroits sont couverts l’un après l’autre.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has no case number.</source>
   <translation>Elle n’a pas de numéro de cas.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has {0} cells, the titles have {1}: put texts that hold the separator in quotes.</source>
   <translation>Elle a {0} cellules, les titres {1} : mettez entre guillemets les textes qui contiennent le séparateur.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It holds characters that cannot be read; save the list again.</source>
   <translation>Elle contient des caractères illisibles ; enregistrez de nouveau la liste.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is not signed.</source>
   <translation>Il n’est pas signé.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by the key {0}.</source>
   <translation>Il est signé par la clé {0}.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by this installation.</source>
   <translation>Il est signé par cette installation.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>It looks a little smeared in one direction: let the stage come to rest.</source>
   <translation>L’image semble un peu filée dans une direction : laissez la platine s’immobiliser.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It names a cell from probability {0} on, and judges no cell for leukemia.</source>
   <translation>Il nomme une cellule à partir de la probabilité {0}, et ne juge aucune cellule pour la leucémie.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>It was interrupted; leukoscope encryption {0} goes on.</source>
   <translation>L’opération a été interrompue ; leukoscope encryption {0} la poursuit.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>Its letters can be read in more than one way; save the list as “CSV UTF-8” and take it again.</source>
   <translation>Ses lettres peuvent se lire de plusieurs façons ; enregistrez la liste en « CSV UTF-8 » et reprenez-la.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but somebody has worked on the case: it stays. Put it away yourself.</source>
   <translation>Sa demande est annulée, mais quelqu’un a travaillé sur le cas : il reste. Rangez-le vous-même.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but the case is signed and stays as it is. Tell whoever signed it.</source>
   <translation>Sa demande est annulée, mais le cas est signé et reste tel quel. Prévenez celui qui l’a signé.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less like known cells than before: check stain, scale and white balance, or teach a site profile.</source>
   <translation>Moins semblables aux cellules connues qu’avant : vérifiez coloration, échelle et balance des blancs, ou apprenez un profil du laboratoire.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less sharp: focus again, and clean objective, slide and camera window.</source>
   <translation>Moins net : refaites la mise au point et nettoyez objectif, lame et fenêtre de la caméra.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Limit of the distance.</source>
   <translation>Limite de la distance.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>Line {0} is no HL7 segment: a line break stands inside {1}.</source>
   <translation>La ligne {0} n’est pas un segment HL7 : un saut de ligne se trouve dans {1}.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Loading the model “{0}”.</source>
   <translation>Chargement du modèle « {0} ».</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>MSH-18 names no character set and the letters are no UTF-8; ask for UNICODE UTF-8 in MSH-18.</source>
   <translation>MSH-18 ne nomme aucun jeu de caractères et les lettres ne sont pas en UTF-8 ; demandez UNICODE UTF-8 dans MSH-18.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified less: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Moins agrandi : vérifiez objectif, adaptateur, résolution de la caméra et échelle réglée.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified more: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Plus agrandi : vérifiez objectif, adaptateur, résolution de la caméra et échelle réglée.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Many workers need the package distributed; install the extra “scale”, or judge without them.</source>
   <translation>Plusieurs processus de calcul nécessitent le paquet distributed ; installez l'extra « scale », ou analysez sans eux.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Messages {0} are not taken here; these are: {1}.</source>
   <translation>Les messages {0} ne sont pas acceptés ici ; sont acceptés : {1}.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>Micro-Manager failed; close it elsewhere, and switch the microscope off and on.</source>
   <translation>Micro-Manager a échoué ; fermez-le ailleurs, puis éteignez et rallumez le microscope.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>Micro-Manager is not installed here; ask whoever set this computer up for the extra “micro-manager”.</source>
   <translation>Micro-Manager n’est pas installé ici ; demandez l’extra « micro-manager » à qui a configuré cet ordinateur.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More cells than usual are unsure: look at focus, stain and scale of the day's images.</source>
   <translation>Plus de cellules incertaines que d’habitude : regardez mise au point, coloration et échelle des images du jour.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More like known cells than before: check which models and which site profile judge.</source>
   <translation>Plus semblables aux cellules connues qu’avant : vérifiez quels modèles et quel profil du laboratoire jugent.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name at least one group whose members may work with the program.</source>
   <translation>Indiquez au moins un groupe dont les membres peuvent travailler avec le programme.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name at least two kinds of cells that the model tells apart.</source>
   <translation>Nommez au moins deux types de cellules que le modèle distingue.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Name camera and objective in 1 to {0} letters: Basler 100x.</source>
   <translation>Nommez caméra et objectif en 1 à {0} caractères : Basler 100x.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name each of the model's classes in the order of its outputs, one of them healthy and one leukemic at least, or all of them kinds of cells.</source>
   <translation>Nommez chaque classe du modèle dans l’ordre de ses sorties, au moins une healthy et une leukemic, ou toutes comme des types de cellules.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name or password is wrong; try again.</source>
   <translation>Le nom ou le mot de passe est faux ; réessayez.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name the file of a search account, or write how a name becomes the directory’s own.</source>
   <translation>Indiquez le fichier d’un compte de recherche, ou écrivez comment un nom devient celui de l’annuaire.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Name the profile in small letters, digits and hyphens, at most 28: our-lab.</source>
   <translation>Nommez le profil en minuscules, chiffres et traits d’union, 28 caractères au plus : our-lab.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>No cell was decided in a reviewed case yet; name some and review the case.</source>
   <translation>Aucune cellule n’a encore été décidée dans un cas relu ; nommez-en quelques-unes et relisez le cas.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>No cell was found in this image; check that it shows one stained white cell.</source>
   <translation>Aucune cellule n’a été trouvée dans cette image ; vérifiez qu’elle montre un globule blanc coloré.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>No control run of {0} was measured in {1}.</source>
   <translation>Aucun passage de contrôle de {0} n’a été mesuré en {1}.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>No control slide was measured today; measure it on the page Quality, Daily control.</source>
   <translation>Aucune lame de contrôle n’a été mesurée aujourd’hui ; mesurez-la à la page Qualité, Contrôle quotidien.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>No encrypted line comes about; check the port, and whether the other system wants a certificate from us.</source>
   <translation>Aucune ligne chiffrée ne s’établit ; vérifiez le port et si l’autre système demande un certificat de nous.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>No encrypted line to the case database; ask its administrator.</source>
   <translation>Pas de liaison chiffrée avec la base de données des cas ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>No folder in “{0}” has the name of a class of cells; {1}.</source>
   <translation>Aucun dossier de « {0} » ne porte le nom d’une classe de cellules ; {1}.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>No labeled cell could be judged; check that the pictures show stained white cells.</source>
   <translation>Aucune cellule étiquetée n’a pu être jugée ; vérifiez que les images montrent des globules blancs colorés.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: nothing in this model keeps places apart before its head, or no map of it can be computed here. It judges without showing why.</source>
   <translation>Aucune carte trouvée : rien dans ce modèle ne sépare les lieux avant sa tête, ou aucune carte ne peut en être calculée ici. Il juge sans montrer pourquoi.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: this model takes one image at a time, so parts of a cell cannot be covered to try it.</source>
   <translation>Aucune carte trouvée : ce modèle prend une image à la fois, on ne peut donc pas couvrir des parties d’une cellule pour l’essayer.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>No model is chosen; choose one on the Models page.</source>
   <translation>Aucun modèle n’est choisi ; choisissez-en un à la page Modèles.</translation>
  </message>
  <message>
   <location filename="selftest.py" />
   <source>No model is installed.</source>
   <translation>Aucun modèle n’est installé.</translation>
  </message>
  <message>
   <location filename="model_runtime.py" />
   <source>No model is installed; import one on the Models page.</source>
   <translation>Aucun modèle n’est installé ; importez-en un sur la page Modèles.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No order can be read from this message; begin the case by hand, then dismiss the message.</source>
   <translation>Aucune demande ne peut être lue dans ce message ; ouvrez le cas à la main, puis écartez le message.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>No other site profile is in force; look at the locked patients beside shipped models.</source>
   <translation>Aucun autre profil du laboratoire n’est en vigueur ; regardez les patients réservés à côté des modèles livrés.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>No pictures come in at this address; check that the camera sends to this computer, and that no firewall stops it.</source>
   <translation>Aucune image n’arrive à cette adresse ; vérifiez que la caméra envoie à cet ordinateur et qu’aucun pare-feu ne la bloque.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>No place was found on “{0}” where cells lie apart: it may be too thick or too thin everywhere, or no smear of blood. Draw a region by hand.</source>
   <translation>Aucun endroit où les cellules sont séparées n’a été trouvé sur « {0} » : la lame est peut-être partout trop épaisse ou trop mince, ou n’est pas un frottis sanguin. Dessinez une zone à la main.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No scheduler answers at {0}; check its address, and the certificates where it has some.</source>
   <translation>Aucun ordonnanceur ne répond à {0} ; vérifiez son adresse et, s'il en a, les certificats.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No site profile is in force.</source>
   <translation>Aucun profil du laboratoire n’est en vigueur.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and hardly any empty glass: it may be zoomed in, vignetted, or no field of a smear; take the whole field again.</source>
   <translation>Aucun globule blanc trouvé, et presque pas de verre vide : l’image est peut-être agrandie, vignettée, ou n’est pas un champ de frottis ; reprenez le champ entier.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the image is not good enough to find any: see what is named with it.</source>
   <translation>Aucun globule blanc trouvé, et l’image n’est pas assez bonne pour en trouver : voyez ce qui est indiqué avec elle.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the scale of this image is not known: set it, then judge the image again.</source>
   <translation>Aucun globule blanc trouvé, et l’échelle de cette image n’est pas connue : réglez-la, puis jugez de nouveau l’image.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: at the scale of this image they are too small. Use a stronger objective.</source>
   <translation>Aucun globule blanc trouvé : à l’échelle de cette image, ils sont trop petits. Prenez un objectif plus fort.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: move to a place with cells, or draw them by hand.</source>
   <translation>Aucun globule blanc trouvé : allez à un endroit avec des cellules, ou dessinez-les à la main.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: nothing in this image has the color of a stained nucleus. Move to another place, or check stain and white balance.</source>
   <translation>Aucun globule blanc trouvé : rien dans cette image n’a la couleur d’un noyau coloré. Allez à un autre endroit, ou vérifiez la coloration et la balance des blancs.</translation>
  </message>
  <message>
   <location filename="judged_image.py" />
   <source>No white cells found; move to a place with cells, or draw them by hand in the window.</source>
   <translation>Aucun globule blanc trouvé ; allez à un endroit avec des cellules, ou dessinez-les à la main dans la fenêtre.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found; see what is named with the image, and take it again.</source>
   <translation>Aucun globule blanc trouvé ; voyez ce qui est indiqué avec l’image, et reprenez-la.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>No whole white cell was found in this picture.</source>
   <translation>Aucun globule blanc entier n’a été trouvé dans cette image.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No worker answers; start some with “leukoscope worker”, then give the same command again: it goes on.</source>
   <translation>Aucun processus de calcul ne répond ; démarrez-en avec « leukoscope worker », puis relancez la même commande : elle reprend où elle en était.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Nobody can be looked up without a search account; name its file.</source>
   <translation>Sans compte de recherche, personne ne peut être recherché ; indiquez son fichier.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>Nobody waits any longer for the archive to say that it keeps this.</source>
   <translation>Plus personne n’attend que l’archive dise qu’elle conserve ceci.</translation>
  </message>
  <message>
   <location filename="cell_features.py" />
   <source>None of the chosen models can compare cells; choose the differential on the Models page.</source>
   <translation>Aucun des modèles choisis ne peut comparer des cellules ; choisissez le modèle différentiel à la page Modèles.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; nobody knows who is meant.</source>
   <translation>Aucun des identifiants du patient (PID-3) n’est celui de l’hôpital ; personne ne sait de qui il s’agit.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; the patient number stays empty.</source>
   <translation>Aucun identifiant du patient (PID-3) n’est celui de l’hôpital ; le numéro du patient reste vide.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>None of these patients is locked away; there is nothing to compare the two with.</source>
   <translation>Aucun de ces patients n’est réservé ; il n’y a rien pour comparer les deux.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>None of these patients is locked away; there is nothing to look at.</source>
   <translation>Aucun de ces patients n’est dans la partie verrouillée ; il n’y a rien à consulter.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>Not every cell could be judged twice; try again.</source>
   <translation>Toutes les cellules n’ont pas pu être jugées deux fois ; réessayez.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Not quite in focus: turn the fine focus.</source>
   <translation>Pas tout à fait nette : tournez la mise au point fine.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Not tried on cells of both sides.</source>
   <translation>N’a pas été essayé sur des cellules des deux côtés.</translation>
  </message>
  <message>
   <location filename="mllp_server.py" />
   <source>Nothing can listen on port {0} of {1}: another program does, or it is not an address of this computer; choose another in the settings.</source>
   <translation>Rien ne peut écouter sur le port {0} de {1} : un autre programme le fait, ou ce n’est pas une adresse de cet ordinateur ; choisissez-en une autre dans les réglages.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>Nothing can listen there for the archive’s answers; check address and port in the settings.</source>
   <translation>Impossible d’y écouter les réponses de l’archive ; vérifiez l’adresse et le port dans les réglages.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Nothing could be measured; take at least three fields of a stained control slide.</source>
   <translation>Rien n’a pu être mesuré ; prenez au moins trois champs d’une lame de contrôle colorée.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is empty: it says neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 est vide : il ne dit ni nouvelle demande, ni changement, ni annulation.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is “{0}”: neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 vaut « {0} » : ni une nouvelle demande, ni un changement, ni une annulation.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-{0} and OBR-{1} name different orders as {2}; ask who made the file.</source>
   <translation>ORC-{0} et OBR-{1} nomment des demandes différentes ({2}) ; demandez à l’auteur du fichier.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel, in the range of scaling; taken away.</source>
   <translation>Pour chaque canal, dans la plage de mise à l’échelle ; soustrait.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel; what is left is divided by it.</source>
   <translation>Pour chaque canal ; ce qui reste est divisé par cette valeur.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>One administrator must stay; make somebody else administrator first.</source>
   <translation>Il doit rester un administrateur ; nommez-en d’abord un autre.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>One of these models names cells and the other judges them; there is nothing to compare.</source>
   <translation>L'un de ces modèles nomme les cellules et l'autre les juge ; il n'y a rien à comparer.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Only HL7 version 2 is taken (MSH-12).</source>
   <translation>Seule la version 2 de HL7 est acceptée (MSH-12).</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change accounts and rules; ask one to sign in.</source>
   <translation>Seul un administrateur peut changer les comptes et les règles ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change settings of the laboratory; ask one to sign in.</source>
   <translation>Seul un administrateur peut modifier les réglages du laboratoire ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can choose, import and remove models; ask one to sign in.</source>
   <translation>Seul un administrateur peut choisir, importer et retirer des modèles ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can erase a case; ask one to sign in.</source>
   <translation>Seul un administrateur peut effacer un cas ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a backup back; ask one to sign in.</source>
   <translation>Seul un administrateur peut remettre une sauvegarde ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a site profile in force; ask one to sign in.</source>
   <translation>Seul un administrateur peut mettre en vigueur un profil du laboratoire ; demandez à l’un d’eux de se connecter.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can repair what is kept; ask one to sign in.</source>
   <translation>Seul un administrateur peut réparer ce qui est conservé ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Only an administrator can turn accounts on.</source>
   <translation>Seul un administrateur peut activer les comptes.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can turn encryption on and off; ask one to sign in.</source>
   <translation>Seul un administrateur peut activer ou désactiver le chiffrement ; demandez-lui de s’identifier.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can write a backup; ask one to sign in.</source>
   <translation>Seul un administrateur peut écrire une sauvegarde ; demandez-lui de se connecter.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>Only orders are taken: send status “active”, or “revoked”, and intent “order”.</source>
   <translation>Seules les prescriptions sont acceptées : envoyez le statut « active » ou « revoked » et l’intention « order ».</translation>
  </message>
  <message>
   <location filename="disk_space.py" />
   <source>Only {0} GB are free for cases; make room on the disk.</source>
   <translation>Il ne reste que {0} Go pour les cas ; libérez de la place sur le disque.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>Only {0} such cells were decided in reviewed or signed cases; take fewer.</source>
   <translation>Seules {0} cellules de ce genre ont été décidées dans des cas revus ou signés ; prenez-en moins.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Order cancelled by the sender, {0}.</source>
   <translation>Demande annulée par l’expéditeur, {0}.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Orders from other computers come over an encrypted line: write tls:// before the address, or plain:// to have them in the clear.</source>
   <translation>Les demandes d’autres ordinateurs arrivent par une ligne chiffrée : écrivez tls:// devant l’adresse, ou plain:// pour les recevoir en clair.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>Others can read or change “{0}”; give it to this user alone (chmod 600).</source>
   <translation>D’autres peuvent lire ou modifier « {0} » ; réservez ce fichier à cet utilisateur (chmod 600).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Hors contrôle ({rules}) ; limites {low} à {high}.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Out of focus: turn the fine focus and take it again.</source>
   <translation>Floue : tournez la mise au point fine et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>Surexposée : baissez la lampe ou le temps de pose et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Partly overexposed: lower the lamp or the exposure time.</source>
   <translation>En partie surexposée : baissez la lampe ou le temps de pose.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program less than usual: see by a blinded re-read that cells are looked at.</source>
   <translation>Les personnes corrigent le programme moins que d’habitude : voyez par une relecture en aveugle que les cellules sont regardées.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program more than usual: look at the corrected cells, and teach a site profile.</source>
   <translation>Les personnes corrigent le programme plus que d’habitude : regardez les cellules corrigées et apprenez un profil du laboratoire.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>People sign in here; lock the screen, then the other person signs in.</source>
   <translation>Ici, les personnes se connectent ; verrouillez l’écran, puis l’autre personne se connecte.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>Pictures that are there twice and count once: {0}.</source>
   <translation>Images présentes deux fois et comptées une fois : {0}.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Pixel size, objective and adapter must be more than zero.</source>
   <translation>La taille du pixel, l’objectif et l’adaptateur doivent être supérieurs à zéro.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Preliminary: amended, and not signed since.</source>
   <translation>Provisoire : amendé, et pas signé depuis.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Preparing the model “{0}” for this machine; this happens once.</source>
   <translation>Préparation du modèle « {0} » pour cette machine ; cela n’arrive qu’une fois.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted before anything was changed; the cases are as they were.</source>
   <translation>La restauration d’une sauvegarde a été interrompue avant tout changement ; les cas sont comme ils étaient.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted; it is finished now, and the cases are those of the backup.</source>
   <translation>La restauration d’une sauvegarde a été interrompue ; elle est terminée maintenant, et les cas sont ceux de la sauvegarde.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Rather dark: raise the lamp or the exposure time.</source>
   <translation>Plutôt sombre : augmentez la lampe ou le temps de pose.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Read what trying its maps showed before you go by them: at least one does not show why it judges.</source>
   <translation>Lisez ce que l’essai de ses cartes a montré avant de vous y fier : au moins une ne montre pas pourquoi il juge.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Ready.</source>
   <translation>Prêt.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Reports go to a FHIR server over an encrypted line only; write https:// before its address.</source>
   <translation>Les comptes rendus ne vont à un serveur FHIR que par une ligne chiffrée ; écrivez https:// devant son adresse.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>Row {0} of “{1}” cannot be read ({2}); restore a backup.</source>
   <translation>La ligne {0} de « {1} » ne peut pas être lue ({2}) ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>Rows cannot be read, so that they cannot be held against the trail; run leukoscope check.</source>
   <translation>Des lignes ne peuvent pas être lues et donc pas comparées au journal d’audit ; exécutez leukoscope check.</translation>
  </message>
  <message>
   <location filename="known_cells.py" />
   <source>Say first what this cell is; an example shows what a person decided.</source>
   <translation>Dites d’abord ce qu’est cette cellule ; un exemple montre ce qu’une personne a décidé.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Say why the run does not count; the reason stands in the audit trail.</source>
   <translation>Dites pourquoi le passage ne compte pas ; la raison figure dans le journal d’audit.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Several cases have the number {0}; give each its own.</source>
   <translation>Plusieurs cas portent le numéro {0} ; donnez à chacun le sien.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Several messages stand between two marks; send each between its own.</source>
   <translation>Plusieurs messages se trouvent entre deux marques ; envoyez chacun entre les siennes.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Several people of the hospital’s directory have this name; an administrator sets a narrower base.</source>
   <translation>Plusieurs personnes de l’annuaire de l’hôpital portent ce nom ; un administrateur règle une base plus étroite.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Sharper than the control slides are usually: check that sharpening is off in the camera.</source>
   <translation>Plus net que d’habitude : vérifiez que l’accentuation de la caméra est désactivée.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the central square that is kept.</source>
   <translation>Côté du carré central qui est gardé.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the square that is cut out, in pixels of a CellImage.</source>
   <translation>Côté du carré découpé, en pixels d’une image de cellule.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Sign in first.</source>
   <translation>Connectez-vous d’abord.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>Somebody else wrote “{0}” as {1} meanwhile; yours was “{2}”.</source>
   <translation>Entre-temps, quelqu’un a écrit « {0} » : {1} ; vous aviez « {2} ».</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Somebody has changed this cell meanwhile; open the case again.</source>
   <translation>Quelqu’un a modifié cette cellule entre-temps ; rouvrir le cas.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Somebody has seen to this message already.</source>
   <translation>Quelqu’un a déjà traité ce message.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>Something answered at this address, but not as a network camera does; check the number behind the colon (the port) and the word before it (http, https, rtsp).</source>
   <translation>Quelque chose a répondu à cette adresse, mais pas comme une caméra réseau ; vérifiez le nombre après les deux-points (le port) et le mot qui précède (http, https, rtsp).</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Something unexpected happened; what was saved is there. Try again, and if it comes back, send the fault report of the Help menu to your support.</source>
   <translation>Un événement inattendu s’est produit ; ce qui était enregistré est là. Réessayez et, si cela revient, envoyez à votre support le rapport d’incident du menu Aide.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>Starting the engine.</source>
   <translation>Démarrage du moteur.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Stopped.</source>
   <translation>Arrêté.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Stopped: {0} orders from here on were not taken.</source>
   <translation>Arrêté : {0} demandes à partir d’ici n’ont pas été reprises.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Taken away in the order of “{0}”, pixels change the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>Retirés dans l’ordre de « {0} », les pixels changent la réponse plus tôt que dans un ordre aléatoire sur {1} cellules sur {2}, plus tôt que du milieu vers l’extérieur sur {3}.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>Taken back.</source>
   <translation>Retiré.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it does not take a file; ask its administrator what it has against it.</source>
   <translation>L’archive DICOM a répondu qu’elle n’accepte pas un fichier ; demandez à son administrateur ce qu’elle lui reproche.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it has no room left; it is tried again by itself. Tell its administrator.</source>
   <translation>L’archive DICOM a répondu qu’elle n’a plus de place ; un nouvel essai se fait tout seul. Prévenez son administrateur.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it is too busy; it is tried again by itself.</source>
   <translation>L’archive DICOM a répondu qu’elle est trop occupée ; un nouvel essai se fait tout seul.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>L’archive DICOM est injoignable ; vérifiez qu’elle fonctionne et son adresse dans les réglages.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not know this workstation; check both titles in the settings.</source>
   <translation>L’archive DICOM ne connaît pas ce poste ; vérifiez les deux titres dans les réglages.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not take objects of this kind; ask its administrator.</source>
   <translation>L’archive DICOM n’accepte pas ce type d’objets ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but did not take the question whether it keeps them; ask its administrator.</source>
   <translation>L’archive DICOM a les objets, mais n’a pas accepté la question de savoir si elle les conserve ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but offers no storage commitment; ask its administrator, or do not ask for it in the settings.</source>
   <translation>L’archive DICOM a les objets, mais n’offre pas d’engagement de stockage ; demandez à son administrateur, ou ne le demandez pas dans les réglages.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but does not answer; check with its administrator.</source>
   <translation>L’archive DICOM a pris l’appel mais ne répond pas ; voir avec son administrateur.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but gave no answer to a file; check with its administrator.</source>
   <translation>L’archive DICOM a pris l’appel, mais n’a pas répondu à un fichier ; voyez avec son administrateur.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist cannot be reached; check that it runs, and its address.</source>
   <translation>La liste de travail DICOM est injoignable ; vérifiez qu’elle fonctionne, et son adresse.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist does not know this workstation; check both titles.</source>
   <translation>La liste de travail DICOM ne connaît pas ce poste ; vérifiez les deux titres.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist took the call, but did not answer to the end; try again later.</source>
   <translation>La liste de travail DICOM a pris l’appel, mais n’a pas répondu jusqu’au bout ; réessayez plus tard.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>Le serveur FHIR est injoignable ; vérifiez qu’il fonctionne, et son adresse dans les réglages.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report: “{0}”.</source>
   <translation>Le serveur FHIR n’a pas pris le compte rendu : « {0} ».</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report; ask its administrator.</source>
   <translation>Le serveur FHIR n’a pas pris le compte rendu ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server does not take our sign-in; check its file in the settings.</source>
   <translation>Le serveur FHIR n’accepte pas notre connexion ; vérifiez son fichier dans les réglages.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server has moved; write its new address in the settings.</source>
   <translation>Le serveur FHIR a déménagé ; écrivez sa nouvelle adresse dans les réglages.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server is busy; the report is sent again later.</source>
   <translation>Le serveur FHIR est occupé ; le compte rendu sera renvoyé plus tard.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>The Micro-Manager configuration “{0}” is not there any more.</source>
   <translation>La configuration Micro-Manager « {0} » n’est plus là.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The address of a timestamp authority begins with http:// or https://; write it again.</source>
   <translation>L’adresse d’une autorité d’horodatage commence par http:// ou https:// ; saisissez-la de nouveau.</translation>
  </message>
  <message>
   <location filename="server_connection.py" />
   <source>The address of the case database is not one; write postgresql://user:password@host/name.</source>
   <translation>L’adresse de la base de données des cas n’en est pas une ; écrivez postgresql://user:password@host/name.</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The address of the shared database in settings.json is not a text; write it again, or leave it empty.</source>
   <translation>L’adresse de la base de données partagée dans settings.json n’est pas un texte ; écrivez-la de nouveau, ou laissez-la vide.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; ask its administrator, then try again.</source>
   <translation>L’archive n’a pas tous les objets ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; they are sent again by themselves.</source>
   <translation>L’archive n’a pas tous les objets ; ils sont renvoyés automatiquement.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep all objects and gives a reason of its own; ask its administrator, then try again.</source>
   <translation>L’archive ne conserve pas tous les objets et donne un motif qui lui est propre ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep objects of this kind; ask its administrator, then try again.</source>
   <translation>L’archive ne conserve pas les objets de ce type ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; ask its administrator, then try again.</source>
   <translation>L’archive n’a pas pu traiter tous les objets et ne les conserve pas ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; they are sent again by themselves.</source>
   <translation>L’archive n’a pas pu traiter tous les objets et ne les conserve pas ; ils sont renvoyés automatiquement.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; ask its administrator, then try again.</source>
   <translation>L’archive n’a plus de place pour tous les objets ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; they are sent again by themselves. Tell its administrator.</source>
   <translation>L’archive n’a plus de place pour tous les objets ; ils sont renvoyés automatiquement. Prévenez son administrateur.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has other objects under the names of some; ask its administrator, then try again.</source>
   <translation>L’archive a d’autres objets sous les noms de certains ; demandez à son administrateur, puis réessayez.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects, but did not say within a day that it keeps them; ask its administrator, and whether it may call this workstation back.</source>
   <translation>L’archive a les objets, mais n’a pas dit en un jour qu’elle les conserve ; demandez à son administrateur, et si elle peut rappeler ce poste.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects; it is asked whether it keeps them.</source>
   <translation>L’archive a les objets ; on lui demande si elle les conserve.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive knows this question already and did not answer it; try again.</source>
   <translation>L’archive connaît déjà cette question et n’y a pas répondu ; réessayez.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The archive’s answer cannot be kept; check the disk.</source>
   <translation>La réponse de l’archive ne peut pas être conservée ; vérifiez le disque.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The attribute of the name is one word, for example sAMAccountName or uid.</source>
   <translation>L’attribut du nom est un seul mot, par exemple sAMAccountName ou uid.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup changed while it was read; try again.</source>
   <translation>La sauvegarde a changé pendant sa lecture ; réessayez.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup was not put back: the end of its trail could not be written; check the disk, try again.</source>
   <translation>La sauvegarde n’a pas été restaurée : la fin de son journal n’a pas pu être écrite ; vérifiez le disque et réessayez.</translation>
  </message>
  <message>
   <location filename="backup_zip.py" />
   <source>The backup was written but cannot be read back; check the disk, or choose another place.</source>
   <translation>La sauvegarde a été écrite mais ne peut pas être relue ; vérifiez le disque, ou choisissez un autre emplacement.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch has no end (BTS, FTS): messages may be missing from the file.</source>
   <translation>Le lot n’a pas de fin (BTS, FTS) : des messages manquent peut-être dans le fichier.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch says that it holds {0} messages; {1} are there.</source>
   <translation>Le lot annonce {0} messages ; il y en a {1}.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>The box is too small; draw it around the whole cell.</source>
   <translation>Le cadre est trop petit ; tracez-le autour de la cellule entière.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>The bytes of waiting image {0} of case {1} are missing, or not what was accepted.</source>
   <translation>Les octets de l’image en attente {0} du cas {1} manquent ou ne sont pas ce qui a été accepté.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The camera gives no pictures any more; check its cable, then scan again.</source>
   <translation>La caméra ne donne plus d’images ; vérifiez son câble, puis relancez le balayage.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check its plug and close other programs that use it.</source>
   <translation>La caméra n’envoie pas d’images ; vérifiez sa prise et fermez les autres programmes qui l’utilisent.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check that it is switched on, and that no trigger is set in Micro-Manager.</source>
   <translation>La caméra n’envoie pas d’images ; vérifiez qu’elle est allumée et qu’aucun déclencheur (trigger) n’est réglé dans Micro-Manager.</translation>
  </message>
  <message>
   <location filename="camera.py" />
   <source>The camera sends pictures of an unknown kind; choose another format in its own program.</source>
   <translation>La caméra envoie des images d’un type inconnu ; choisissez un autre format dans son propre programme.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; switch it off and on, and start it anew in Micro-Manager.</source>
   <translation>La caméra envoie toujours la même image ; éteignez-la, rallumez-la et redémarrez-la dans Micro-Manager.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; unplug it and plug it in again.</source>
   <translation>La caméra envoie toujours la même image ; débranchez-la et rebranchez-la.</translation>
  </message>
  <message>
   <location filename="asked_motors.py" />
   <source>The camera was closed; start it and scan again.</source>
   <translation>La caméra a été fermée ; démarrez-la et relancez le balayage.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The camera was not ready in time; wait a moment, then try again.</source>
   <translation>La caméra n’a pas été prête à temps ; attendez un instant, puis réessayez.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera’s driver failed; unplug it and plug it in again.</source>
   <translation>Le pilote de la caméra a échoué ; débranchez-la et rebranchez-la.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case could not be saved or read; try again, and restore a backup if it goes on.</source>
   <translation>Le cas n’a pas pu être enregistré ou lu ; réessayez et, si cela continue, restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not let this computer in; ask its administrator.</source>
   <translation>La base de données des cas a répondu, mais n’admet pas cet ordinateur ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not take this name and password; check them in its address.</source>
   <translation>La base de données des cas a répondu, mais n’accepte pas ce nom et ce mot de passe ; vérifiez-les dans son adresse.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but serves too many others; wait a moment, then try again.</source>
   <translation>La base de données des cas a répondu, mais sert trop d’autres postes ; attendez un instant, puis réessayez.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be opened; check the permissions of the data folder.</source>
   <translation>La base de données des cas ne peut pas être ouverte ; vérifiez les droits du dossier de données.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be written; check the permissions of the data folder.</source>
   <translation>La base de données des cas ne peut pas être écrite ; vérifiez les droits du dossier de données.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database does not answer; check the network and that its server runs.</source>
   <translation>La base de données des cas ne répond pas ; vérifiez le réseau et que son serveur fonctionne.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database does not say any more which version wrote it; restore a backup.</source>
   <translation>La base des cas n’indique plus quelle version l’a écrite ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is damaged: it is not at the revision that it says; restore a backup.</source>
   <translation>La base des cas est endommagée : elle n’est pas à la révision qu’elle indique ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="case_parts.py" />
   <source>The case database is damaged; restore a backup.</source>
   <translation>La base de données des cas est endommagée ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is in use by another program; close it, then try again.</source>
   <translation>La base de données des cas est utilisée par un autre programme ; fermez-le, puis réessayez.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database is in use; its freed pages are zeroed at the next start.</source>
   <translation>La base de données des cas est utilisée ; ses pages libérées sont mises à zéro au prochain démarrage.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database takes too long; try again, and ask its administrator if it goes on.</source>
   <translation>La base de données des cas met trop de temps ; réessayez et, si cela continue, demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server answered, but has no database or user of this name; check its address.</source>
   <translation>Le serveur de la base de données des cas a répondu, mais n’a ni base ni utilisateur de ce nom ; vérifiez son adresse.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is being stopped; try again when it runs.</source>
   <translation>Le serveur de la base de données des cas est en cours d’arrêt ; réessayez quand il fonctionnera.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is starting; wait a moment, then try again.</source>
   <translation>Le serveur de la base de données des cas démarre ; attendez un instant, puis réessayez.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since it was printed for signing; look at it, then sign.</source>
   <translation>Le cas a changé depuis son impression pour la signature ; regardez-le, puis signez.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since you looked at it; look at it again, then sign.</source>
   <translation>Le cas a changé depuis que vous l’avez regardé ; regardez-le de nouveau, puis signez.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The case of this number is another patient’s; nothing was changed. Ask which number is right.</source>
   <translation>Le cas de ce numéro est celui d’un autre patient ; rien n’a été changé. Demandez quel numéro est le bon.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The case was put away before this left.</source>
   <translation>Le cas a été mis de côté avant que ceci ne parte.</translation>
  </message>
  <message>
   <location filename="queue_judging.py" />
   <source>The cell could not be judged.</source>
   <translation>La cellule n’a pas pu être jugée.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The cell could not be judged; draw it again.</source>
   <translation>La cellule n’a pas pu être jugée ; dessinez-la de nouveau.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>La cellule n’est ni clairement leucémique ni clairement saine.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>La cellule est surexposée : baissez la lampe ou le temps de pose et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is rather dark: raise the lamp or the exposure time.</source>
   <translation>La cellule est plutôt sombre : augmentez la lampe ou le temps de pose.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>La cellule est trop sombre : augmentez la lampe ou le temps de pose et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>La cellule ne ressemble à rien de ce que le programme connaît.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>La cellule ne ressemble pas aux cellules mononucléées que les modèles de leucémie connaissent.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is very bright: lower the lamp or the exposure time.</source>
   <translation>La cellule est très claire : baissez la lampe ou le temps de pose.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>La cellule ressemble à un précurseur ; une personne doit la nommer.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are hardly stained: stain the smear again, or check the camera's color setting.</source>
   <translation>Les cellules sont à peine colorées : recolorez le frottis ou vérifiez le réglage des couleurs de la caméra.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are rather small: take them with a stronger objective.</source>
   <translation>Les cellules sont plutôt petites : prenez-les avec un objectif plus fort.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are too small: take them with a stronger objective, 40x at least.</source>
   <translation>Les cellules sont trop petites : prenez-les avec un objectif plus fort, au moins 40x.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The character set “{0}” of MSH-18 is not known; ask for UNICODE UTF-8.</source>
   <translation>Le jeu de caractères « {0} » de MSH-18 n’est pas connu ; demandez UNICODE UTF-8.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The compiled model “{0}” does not do the same as the original; it is refused.</source>
   <translation>Le modèle compilé « {0} » ne fait pas la même chose que l’original ; il est refusé.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases broke a rule of control ({0}): {1} See their chart.</source>
   <translation>Les cas quotidiens ont enfreint une règle de contrôle ({0}) : {1} Voyez leur carte.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases of {0} broke a rule of control ({1}): {2} See their chart.</source>
   <translation>Les cas du jour de {0} enfreignent une règle de contrôle ({1}) : {2} Voir leur graphique.</translation>
  </message>
  <message>
   <location filename="changed_rows.py" />
   <source>The database did not keep what was saved as it was given; nothing was saved. Run leukoscope check, and ask its administrator.</source>
   <translation>La base de données n’a pas conservé ce qui devait l’être ; rien n’a été enregistré. Lancez leukoscope check et demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The database says that it is at revision {0}; it is at {1}.</source>
   <translation>La base indique la révision {0} ; elle est à {1}.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The database was written anew and is not the same; nothing was changed. Check the disk.</source>
   <translation>La base de données réécrite n’est pas la même ; rien n’a été modifié. Vérifiez le disque.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The date of birth cannot be read; it stays empty. Write it on the case.</source>
   <translation>La date de naissance est illisible et reste vide. L’écrire dans le cas.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear failed unexpectedly; choose it again.</source>
   <translation>Le frottis de démonstration a échoué de façon inattendue ; choisissez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear is being drawn; close other programs if it takes long.</source>
   <translation>Le frottis de démonstration est en cours de dessin ; fermez d’autres programmes si cela dure.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear stands still; close other programs, this computer is busy.</source>
   <translation>Le frottis de démonstration est figé ; fermez d’autres programmes, cet ordinateur est occupé.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk could not be read or written; check its cable or line, then try again, and if it comes back, tell whoever looks after this computer.</source>
   <translation>Le disque n’a pas pu être lu ou écrit ; vérifiez son câble ou sa liaison, réessayez et, si cela revient, prévenez la personne qui s’occupe de cet ordinateur.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The disk did not give the settings; the last good ones are in force until the next start.</source>
   <translation>Le disque n’a pas fourni les réglages ; les derniers bons sont en vigueur jusqu’au prochain démarrage.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk is full; free some space, then try again.</source>
   <translation>Le disque est plein ; libérez de la place, puis réessayez.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk or folder can only be read; ask whoever looks after this computer for the right to write.</source>
   <translation>Le disque ou le dossier est en lecture seule ; demandez le droit d’écriture à la personne qui s’occupe de cet ordinateur.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk with the case database has a fault or is full; check it, then try again.</source>
   <translation>Le disque de la base de données des cas est défectueux ou plein ; vérifiez-le, puis réessayez.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The earlier folder “{0}” cannot be replaced; close its files in other programs.</source>
   <translation>Le dossier précédent « {0} » ne peut pas être remplacé ; fermez ses fichiers dans les autres programmes.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass has a tint: set the camera's white balance on it.</source>
   <translation>Le verre vide a une teinte : réglez dessus la balance des blancs de la caméra.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass is far from white: set the camera's white balance on it and take it again.</source>
   <translation>Le verre vide est loin du blanc : réglez dessus la balance des blancs de la caméra et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine does not come back from what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Le moteur ne revient pas de ce qui se trouve en {0} (pixels depuis la gauche, depuis le haut) ; regardez-y vous-même.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>The engine does not hold the model “{0}”; choose it on the Models page.</source>
   <translation>Le moteur n’a pas le modèle « {0} » ; choisissez-le sur la page Modèles.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine is closed; start the program again.</source>
   <translation>Le moteur est fermé ; redémarrez le programme.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine stopped unexpectedly and is started again; what it was judging is judged once more.</source>
   <translation>Le moteur s’est arrêté de façon inattendue et redémarre ; ce qu’il jugeait est jugé à nouveau.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine stops each time at what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Le moteur s’arrête chaque fois sur ce qui se trouve en {0} (pixels depuis la gauche, depuis le haut) ; regardez-y vous-même.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The engine stops each time it judges this cell; look at it yourself.</source>
   <translation>Le moteur s’arrête chaque fois qu’il juge cette cellule ; regardez-la vous-même.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine stops with every cell on this computer, not with one of them; start the program again, and if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>Le moteur s’arrête sur cet ordinateur à chaque cellule, et non à l’une d’elles ; redémarrez le programme et, si cela n’aide pas, réinstallez-le et envoyez le rapport d’erreur du menu Aide à votre assistance.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine takes too long to start; close other programs and try again.</source>
   <translation>Le moteur met trop de temps à démarrer ; fermez d’autres programmes et réessayez.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The entry has neither an accession number nor one of the procedure.</source>
   <translation>L’entrée n’a ni numéro d’accession ni numéro de procédure.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The erasure of case {0} was put there behind the program’s back; the trail does not tell of it.</source>
   <translation>L’effacement du cas {0} a été ajouté à l’insu du programme ; le journal n’en dit rien.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The file does not say how its letters are written; they were read as {0}. Look at names with accents, or save the list as “CSV UTF-8”.</source>
   <translation>Le fichier ne dit pas comment ses lettres sont écrites ; elles ont été lues en {0}. Vérifiez les noms accentués, ou enregistrez la liste en « CSV UTF-8 ».</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file is cut off in this message.</source>
   <translation>Le fichier s’interrompt dans ce message.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The file of the case database is of another kind; restore a backup.</source>
   <translation>Le fichier de la base de données des cas est d’un autre type ; restaurez une sauvegarde.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The file of the key that signs the audit trail cannot be read; put {0} back from a backup.</source>
   <translation>Le fichier de la clé qui signe le journal est illisible ; restaurez {0} depuis une sauvegarde.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>The file of the search account cannot be read; it has the account’s name in its first line, the password below.</source>
   <translation>Le fichier du compte de recherche est illisible ; il porte le nom du compte à la première ligne et le mot de passe dessous.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>The file of the sign-in at the FHIR server cannot be read; choose it again in the settings.</source>
   <translation>Le fichier de connexion au serveur FHIR ne peut pas être lu ; choisissez-le à nouveau dans les réglages.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The file of the sign-in holds neither a token nor name:password; write it again.</source>
   <translation>Le fichier de connexion ne contient ni jeton ni nom:mot de passe ; réécrivez-le.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file says that it holds {0} batches; {1} are there.</source>
   <translation>Le fichier annonce {0} lots ; il y en a {1}.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The file {0} does not belong to the model “{1}”; install it again.</source>
   <translation>Le fichier {0} n’appartient pas au modèle « {1} » ; réinstallez-le.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>The file {0} in the folder “{1}” cannot be read; put it back from a backup.</source>
   <translation>Le fichier {0} du dossier « {1} » ne peut pas être lu ; remettez-le à partir d’une sauvegarde.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} is an older copy: it ends at entry {1}, and entry {2} was signed here later.</source>
   <translation>Le fichier {0} est une copie plus ancienne : il s’arrête à l’entrée {1}, et l’entrée {2} a été signée ici plus tard.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} was not written by this installation.</source>
   <translation>Le fichier {0} n’a pas été écrit par cette installation.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0}, by which this workstation remembers the end of the trail, is missing or damaged.</source>
   <translation>Le fichier {0}, par lequel ce poste retient la fin du journal, manque ou est endommagé.</translation>
  </message>
  <message>
   <location filename="unlocked_keys.py" />
   <source>The file “{0}” beside the cases cannot be read; put it back from a backup.</source>
   <translation>Le fichier « {0} » à côté des cas est illisible ; remettez-le depuis une sauvegarde.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The file “{0}” is none of the images; leukoscope check --repair sets it aside.</source>
   <translation>Le fichier « {0} » ne fait pas partie des images ; leukoscope check --repair le met de côté.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The file “{0}” was changed; its signature is wrong.</source>
   <translation>Le fichier « {0} » a été modifié ; sa signature est fausse.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The file “{0}”, which is none of the images, was set aside in {1}.</source>
   <translation>Le fichier « {0} », qui ne fait pas partie des images, a été mis de côté dans {1}.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The folder of cases cannot be written; check the disk and its permissions.</source>
   <translation>Le dossier des cas ne peut pas être écrit ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>The folder of orders cannot be read or written; check that it is there, and its permissions.</source>
   <translation>Le dossier des demandes ne peut être ni lu ni écrit ; vérifiez qu’il existe, et ses droits.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The folder of orders is not there; make it, or choose another in the settings.</source>
   <translation>Le dossier des demandes n’existe pas ; créez-le, ou choisissez-en un autre dans les réglages.</translation>
  </message>
  <message>
   <location filename="app_dirs.py" />
   <source>The folder {0} cannot be made; check the disk and its permissions.</source>
   <translation>Le dossier {0} ne peut pas être créé ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The folder “{0}” cannot be read; choose another one.</source>
   <translation>Le dossier « {0} » ne peut pas être lu ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The folder “{0}” cannot be written; choose another one.</source>
   <translation>Le dossier « {0} » ne peut pas être écrit ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds another case; move it away or choose another folder.</source>
   <translation>Le dossier « {0} » contient un autre cas ; déplacez-le ou choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” holds no images; choose another folder.</source>
   <translation>Le dossier « {0} » ne contient pas d’images ; choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds other files too, and only one export; choose another folder.</source>
   <translation>Le dossier « {0} » contient aussi d’autres fichiers ; choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” may not be opened; ask its owner for permission.</source>
   <translation>Le dossier « {0} » ne peut pas être ouvert ; demandez l’autorisation à son propriétaire.</translation>
  </message>
  <message>
   <location filename="batch.py" />
   <source>The header of this file names another patient than was given; check whose blood it shows.</source>
   <translation>L’en-tête de ce fichier nomme un autre patient que celui indiqué ; vérifiez de qui provient le sang.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital gave this patient another number; the case is signed and stays as it is. Amend it, if its report is to have the new one.</source>
   <translation>L’hôpital a donné un autre numéro à ce patient ; le cas est signé et reste tel quel. Amendez-le si son compte rendu doit porter le nouveau.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital has other data of this patient than the case, which is signed and stays as it is. Amend it, if its report is to have them.</source>
   <translation>L’hôpital a d’autres données de ce patient que le cas, qui est signé et reste tel quel. Amendez-le si son compte rendu doit les porter.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not answer; try again later, or let an administrator with an account of the laboratory sign in.</source>
   <translation>L’annuaire de l’hôpital ne répond pas ; réessayez plus tard, ou laissez se connecter un administrateur ayant un compte du laboratoire.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let people read their own entry; set a search account.</source>
   <translation>L’annuaire de l’hôpital ne laisse pas lire sa propre entrée ; réglez un compte de recherche.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let the search account in; an administrator checks its file.</source>
   <translation>L’annuaire de l’hôpital refuse le compte de recherche ; un administrateur vérifie son fichier.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in at this hour; ask the help desk.</source>
   <translation>L’annuaire de l’hôpital ne vous admet pas à cette heure ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in from this computer; ask the help desk.</source>
   <translation>L’annuaire de l’hôpital ne vous admet pas depuis cet ordinateur ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in; ask the help desk.</source>
   <translation>L’annuaire de l’hôpital ne vous admet pas ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not say who signed in; set a search account.</source>
   <translation>L’annuaire de l’hôpital ne dit pas qui s’est connecté ; réglez un compte de recherche.</translation>
  </message>
  <message>
   <location filename="ldap_line.py" />
   <source>The hospital’s directory does not show what is asked for; check the base and the search account.</source>
   <translation>L’annuaire de l’hôpital ne montre pas ce qui est demandé ; vérifiez la base et le compte de recherche.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory has locked your account; wait until it opens again, or ask the help desk.</source>
   <translation>L’annuaire de l’hôpital a verrouillé votre compte ; attendez qu’il se rouvre, ou demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>The hospital’s directory has no group “{0}”; write it as it stands there.</source>
   <translation>L’annuaire de l’hôpital n’a pas de groupe « {0} » ; écrivez-le comme il y figure.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory has no person of this name.</source>
   <translation>L’annuaire de l’hôpital n’a personne de ce nom.</translation>
  </message>
  <message>
   <location filename="directory_confirmation.py" />
   <source>The hospital’s directory has not confirmed you for four hours; sign in again.</source>
   <translation>L’annuaire de l’hôpital ne vous a pas confirmé depuis quatre heures ; reconnectez-vous.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>The hospital’s directory is turned off here; an administrator of the laboratory takes your account back.</source>
   <translation>L’annuaire de l’hôpital est désactivé ici ; un administrateur du laboratoire reprend votre compte.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The hospital’s directory knows you, but you are in none of the groups that work with LeukoScope; ask whoever looks after these groups.</source>
   <translation>L’annuaire de l’hôpital vous connaît, mais vous n’êtes dans aucun des groupes qui travaillent avec LeukoScope ; demandez à qui s’occupe de ces groupes.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The hospital’s directory lets this person no longer in; it opens again when they come by its groups.</source>
   <translation>L’annuaire de l’hôpital n’admet plus cette personne ; le compte se rouvre quand elle vient par ses groupes.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory names nothing that stays when a person is renamed (entryUUID).</source>
   <translation>L’annuaire de l’hôpital ne donne rien qui reste quand une personne change de nom (entryUUID).</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory wants an encrypted line; write ldaps:// or ldap:// before its address.</source>
   <translation>L’annuaire de l’hôpital veut une liaison chiffrée ; écrivez ldaps:// ou ldap:// devant son adresse.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system acknowledged another message.</source>
   <translation>Le système de l’hôpital a accusé réception d’un autre message.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>Le système de l’hôpital est injoignable ; vérifiez qu’il fonctionne et son adresse dans les réglages.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system does not answer.</source>
   <translation>Le système de l’hôpital ne répond pas.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error and did not take the message: “{0}”.</source>
   <translation>Le système de l’hôpital a trouvé une erreur et n’a pas pris le message : « {0} ».</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error in the message and did not take it.</source>
   <translation>Le système de l’hôpital a trouvé une erreur dans le message et ne l’a pas accepté.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system gave an unknown answer.</source>
   <translation>Le système de l’hôpital a donné une réponse inconnue.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message: “{0}”.</source>
   <translation>Le système de l’hôpital a refusé le message : « {0} ».</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message; ask its administrator.</source>
   <translation>Le système de l’hôpital a refusé le message ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system took a message without saying which; ask whether the report has arrived.</source>
   <translation>Le système de l’hôpital a pris un message sans dire lequel ; demandez si le rapport est arrivé.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>The image cannot be saved; free some disk space or check the folder's permissions.</source>
   <translation>L’image ne peut pas être enregistrée ; libérez de la place sur le disque ou vérifiez les droits du dossier.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>The image file changed while it was being read; add it again.</source>
   <translation>Le fichier d’image a changé pendant la lecture ; ajoutez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image has no color, so stain cannot be judged: take it with a color camera.</source>
   <translation>L’image est sans couleur, la coloration ne peut être jugée : prenez-la avec une caméra couleur.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is blank: move to a place with cells, focus, and take it again.</source>
   <translation>L’image est vide : allez à un endroit avec des cellules, mettez au point et reprenez-la.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>L’image n’est pas assez bonne pour être jugée.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is too small: take it at a higher magnification or resolution.</source>
   <translation>L’image est trop petite : prenez-la avec un grossissement ou une résolution plus élevés.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image or report {0} was brought back from the second place.</source>
   <translation>L’image ou le rapport {0} a été récupéré du second emplacement.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image or report {0} {1}; restore a backup, or add it again.</source>
   <translation>Image ou rapport {0} ({1}) : restaurez une sauvegarde, ou ajoutez l’élément de nouveau.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image {0} belongs to no case; leukoscope check --repair sets it aside.</source>
   <translation>L’image {0} n’appartient à aucun cas ; leukoscope check --repair la met de côté.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image {0}, which belongs to no case, was set aside in {1}.</source>
   <translation>L’image {0}, qui n’appartient à aucun cas, a été mise de côté dans {1}.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>The images differ in size, so they are of two cameras or settings; measure each apart.</source>
   <translation>Les images diffèrent en taille, donc de deux caméras ou réglages ; mesurez chacune à part.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>The import ended unexpectedly. Close other programs to free memory, then try again.</source>
   <translation>L’importation s’est terminée de façon inattendue. Fermez d’autres programmes pour libérer de la mémoire, puis réessayez.</translation>
  </message>
  <message>
   <location filename="store_keys.py" />
   <source>The key cannot be kept; check the folder of settings and its disk.</source>
   <translation>La clé ne peut pas être conservée ; vérifiez le dossier des réglages et son disque.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail cannot be kept; check the disk and its permissions.</source>
   <translation>La clé qui signe le journal ne peut pas être conservée ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail is in the system’s keyring, which cannot be reached from here; sign in to the desktop and unlock the keyring, or move the key into a file: leukoscope audit key --keep-in file.</source>
   <translation>La clé qui signe le journal est dans le trousseau du système, inaccessible d’ici ; ouvrez une session de bureau et déverrouillez le trousseau, ou placez la clé dans un fichier : leukoscope audit key --keep-in file.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>The laboratory keeps this account already.</source>
   <translation>Le laboratoire tient déjà ce compte.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” does not feed the head “{1}” alone.</source>
   <translation>La couche « {0} » n’alimente pas seule la tête « {1} ».</translation>
  </message>
  <message>
   <location filename="explanations.py" />
   <source>The layer “{0}” has no attention over places; correct the manifest.</source>
   <translation>La couche « {0} » n’a pas d’attention sur des lieux ; corrigez le manifeste.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” of the model does not give the {1} outputs that its manifest names.</source>
   <translation>La couche « {0} » du modèle ne donne pas les {1} sorties que nomme son manifeste.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The letters are damaged; ask for the file again.</source>
   <translation>Les lettres sont abîmées ; redemandez le fichier.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The letters do not fit the character set “{0}” that MSH-18 names; ask who made the file.</source>
   <translation>Les lettres ne correspondent pas au jeu de caractères « {0} » que nomme MSH-18 ; demandez à l’auteur du fichier.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The letters of this entry do not fit the character set that it names.</source>
   <translation>Les lettres de cette entrée ne correspondent pas au jeu de caractères qu’elle nomme.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>The light edition of the program has no model files to send; pack it on a full one.</source>
   <translation>L’édition légère du programme n’a pas de fichiers de modèle à envoyer ; emballez-le sur une édition complète.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is uneven: center the condenser.</source>
   <translation>La lumière est inégale : centrez le condenseur.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is very uneven: center the condenser, open its diaphragm and take it again.</source>
   <translation>La lumière est très inégale : centrez le condenseur, ouvrez son diaphragme et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="changed_cells.py" />
   <source>The line leaves no cell on one of its sides; draw it between the two cells.</source>
   <translation>La ligne ne laisse aucune cellule d’un de ses côtés ; la tracer entre les deux cellules.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The line to the DICOM archive broke while a file was sent; it is tried again by itself.</source>
   <translation>La liaison avec l’archive DICOM a été coupée pendant l’envoi d’un fichier ; un nouvel essai se fait tout seul.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The line to the DICOM archive broke while it was asked whether it keeps the objects; it is asked again.</source>
   <translation>La ligne vers l’archive DICOM s’est coupée pendant qu’on lui demandait si elle conserve les objets ; elle sera interrogée de nouveau.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cancels an order that is not here; there is nothing to do.</source>
   <translation>La liste annule une demande qui n’est pas ici ; il n’y a rien à faire.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cannot be read; check that the file is there.</source>
   <translation>La liste ne peut pas être lue ; vérifiez que le fichier est là.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list changes an order that was not here; the case was begun.</source>
   <translation>La liste modifie une demande qui n’était pas ici ; le cas a été commencé.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The list needs a column named “number” in its line of titles.</source>
   <translation>La liste a besoin d’une colonne « number » (numéro) dans sa ligne de titres.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message cannot be kept here just now; send it again later.</source>
   <translation>Le message ne peut pas être conservé ici pour le moment ; renvoyez-le plus tard.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The message cannot be kept; free some space on the disk.</source>
   <translation>Le message ne peut être conservé ; libérez de l’espace sur le disque.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message does not say what it is (MSH-9).</source>
   <translation>Le message ne dit pas ce qu’il est (MSH-9).</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message has no control number (MSH-10).</source>
   <translation>Le message n’a pas de numéro de contrôle (MSH-10).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The message holds no order; it may be cut off.</source>
   <translation>Le message ne contient aucune demande ; il est peut-être tronqué.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message is too large; send orders one by one, without documents in them.</source>
   <translation>Le message est trop grand ; envoyez les demandes une à une, sans documents.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The message tells of no patient (PID); it may be cut off.</source>
   <translation>Le message ne parle d’aucun patient (PID) ; il est peut-être tronqué.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>The messages that wait here have filled their place; no other is taken until some are carried out or dismissed.</source>
   <translation>Les messages en attente ont rempli leur place ; aucun autre n’est pris tant que certains ne sont pas exécutés ou écartés.</translation>
  </message>
  <message>
   <location filename="operations.py" />
   <source>The model calls TensorFlow's “{0}”, which this program does not rebuild; type model.export('folder'), or model.save('folder') before Keras 2.13, in the notebook that made it, and import that folder.</source>
   <translation>Le modèle appelle « {0} » de TensorFlow, que ce programme ne reconstruit pas ; tapez model.export('folder'), ou model.save('folder') avant Keras 2.13, dans le notebook qui l’a créé, et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="import_child.py" />
   <source>The model cannot be installed: the disk is full or the folder cannot be written.</source>
   <translation>Le modèle ne peut pas être installé : le disque est plein ou le dossier ne peut pas être écrit.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model file of “{0}” is not the one its manifest names; install it again.</source>
   <translation>Le fichier du modèle « {0} » n’est pas celui que nomme son manifeste ; réinstallez-le.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>Le fichier de modèle « {0} » n’existe pas ; vérifiez son nom et que son lecteur est connecté.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>The model file “{0}” is damaged or incomplete; copy or save it again.</source>
   <translation>Le fichier de modèle « {0} » est endommagé ou incomplet ; copiez-le ou enregistrez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” is empty; copy it again.</source>
   <translation>Le fichier de modèle « {0} » est vide ; copiez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>The model file “{0}” is larger than 2 GB; that is more than this program loads.</source>
   <translation>Le fichier de modèle « {0} » dépasse 2 Go ; c’est plus que ce programme ne charge.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” may not be read; check its permissions and its drive.</source>
   <translation>La lecture du fichier de modèle « {0} » n’est pas permise ; vérifiez ses droits et son lecteur.</translation>
  </message>
  <message>
   <location filename="channels.py" />
   <source>The model has its channels first, and a layer “{0}” that cannot be turned; build it anew with the channels last, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>Le modèle a ses canaux en premier et une couche « {0} » qui ne peut être retournée ; reconstruisez-le avec les canaux en dernier, donnez-lui les poids par new.set_weights(old.get_weights()), et enregistrez celui-ci.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The model has no layer “{0}” that its manifest names; export it again.</source>
   <translation>Le modèle n’a pas la couche « {0} » que nomme son manifeste ; exportez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="explain.py" />
   <source>The model has no layer “{0}” that its manifest names; export or import it again.</source>
   <translation>Le modèle n’a pas la couche « {0} » que nomme son manifeste ; exportez-le ou importez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses the activation “{0}”, which is not one of Keras' own.</source>
   <translation>Le modèle utilise l’activation « {0} », qui n’est pas l’une de celles de Keras.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses “{0}”, which this program does not know; only Keras' own layers can be imported.</source>
   <translation>Le modèle utilise « {0} », que ce programme ne connaît pas ; seules les couches propres à Keras peuvent être importées.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” came with the program and stays.</source>
   <translation>Le modèle « {0} » est venu avec le programme et reste.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model “{0}” cannot be prepared: the disk is full or the folder cannot be written.</source>
   <translation>Le modèle « {0} » ne peut pas être préparé : le disque est plein ou le dossier ne peut pas être écrit.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” cannot be removed; close other programs that use it.</source>
   <translation>Le modèle « {0} » ne peut pas être supprimé ; fermez les autres programmes qui l’utilisent.</translation>
  </message>
  <message>
   <location filename="bundle_outputs.py" />
   <source>The model “{0}” cannot be taught: it has no reference of what it knows.</source>
   <translation>Le modèle « {0} » ne peut pas recevoir d’apprentissage : il n’a pas de référence de ce qu’il connaît.</translation>
  </message>
  <message>
   <location filename="at_worker.py" />
   <source>The model “{0}” did not arrive whole at a worker; try again.</source>
   <translation>Le modèle « {0} » n'est pas arrivé intact chez un processus de calcul ; réessayez.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The model “{0}” does not tell leukemic from healthy cells as it is fed ({1}). Import it fed in another way, with labeled cells to try it on; or write the reason why it is to judge all the same (leukoscope models activate {2} --reason …).</source>
   <translation>Le modèle « {0} », alimenté ainsi ({1}), ne distingue pas les cellules leucémiques des saines. Importez-le alimenté autrement, avec des cellules étiquetées pour l’essayer ; ou écrivez la raison pour laquelle il doit juger malgré tout (leukoscope models activate {2} --reason …).</translation>
  </message>
  <message>
   <location filename="runner.py" />
   <source>The model “{0}” gave no number for a cell; verify its files.</source>
   <translation>Le modèle « {0} » n’a donné aucun nombre pour une cellule ; vérifiez ses fichiers.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The model “{0}” has no readable {1}; install it again.</source>
   <translation>Le modèle « {0} » n’a pas de {1} lisible ; réinstallez-le.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it is damaged.</source>
   <translation>Le modèle « {0} » qu’elle contient est endommagé.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it may not be used: {1} Ask who wrote the backup.</source>
   <translation>Le modèle « {0} » qu’elle contient ne peut être utilisé : {1} Demander à qui a écrit la sauvegarde.</translation>
  </message>
  <message>
   <location filename="model_panel.py" />
   <source>The model “{0}” is not among the chosen ones; choose it on the Models page.</source>
   <translation>Le modèle « {0} » n’est pas parmi ceux choisis ; choisissez-le à la page Modèles.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not as it was imported; remove it, then import or receive it again.</source>
   <translation>Le modèle « {0} » n’est plus tel qu’il a été importé ; le retirer, puis l’importer ou le recevoir de nouveau.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not whole: {1} Remove it, then import or receive it again.</source>
   <translation>Le modèle « {0} » n’est pas entier : {1} Le retirer, puis l’importer ou le recevoir de nouveau.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” of this backup does not come back: another one of that name is here, and stays. Remove that one first if you want the other.</source>
   <translation>Le modèle « {0} » de cette sauvegarde ne revient pas : un autre du même nom est ici et reste. Retirer d’abord celui-ci pour obtenir l’autre.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The model “{0}” uses “{1}”, which cannot be compiled here; build the network anew of other layers, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>Le modèle « {0} » utilise « {1} », qui ne peut être compilé ici ; reconstruisez le réseau avec d’autres couches, donnez-lui les poids par new.set_weights(old.get_weights()), et enregistrez-le.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” was changed or cannot be read while it was copied; try again.</source>
   <translation>Le modèle « {0} » a été modifié ou est illisible pendant la copie ; réessayer.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model's {0} uses Keras 2's hard sigmoid, which newer Keras computes in another way. Train it with recurrent_activation=“sigmoid”.</source>
   <translation>{0} du modèle utilise la fonction hard sigmoid de Keras 2, que les versions plus récentes de Keras calculent autrement. Entraînez-le avec recurrent_activation=“sigmoid”.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models agree more than usual: check which models and which site profile judge.</source>
   <translation>Les modèles s’accordent plus que d’habitude : vérifiez quels modèles et quel profil du laboratoire jugent.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The models cannot be prepared: the disk is full or the cache folder cannot be written.</source>
   <translation>Les modèles ne peuvent pas être préparés : le disque est plein ou le dossier de cache ne peut pas être écrit.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The models could not be started. Start the program again; if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>Les modèles n’ont pas pu être démarrés. Redémarrez le programme ; si cela n’aide pas, réinstallez-le et envoyez à votre support le rapport d’incident du menu Aide.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models disagree more than usual: look at focus and stain, or teach a site profile.</source>
   <translation>Les modèles divergent plus que d’habitude : regardez mise au point et coloration, ou apprenez un profil du laboratoire.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The models disagree.</source>
   <translation>Les modèles sont en désaccord.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered with error {0}; close other programs that watch it, and look in its manual for the address of the video stream.</source>
   <translation>La caméra réseau a répondu par l’erreur {0} ; fermez les autres programmes qui la regardent et cherchez dans son manuel l’adresse du flux vidéo.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not let this computer in; allow it in the camera’s own settings, or use another name and password.</source>
   <translation>La caméra réseau a répondu, mais n’admet pas cet ordinateur ; autorisez-le dans les réglages de la caméra, ou utilisez un autre nom et mot de passe.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not take this name and password; check both in its address.</source>
   <translation>La caméra réseau a répondu, mais n’accepte pas ce nom et ce mot de passe ; vérifiez les deux dans son adresse.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but has nothing at this address; check what stands behind the computer’s name, for example /stream, in the camera’s manual.</source>
   <translation>La caméra réseau a répondu, mais n’a rien à cette adresse ; vérifiez dans son manuel ce qui suit le nom de l’ordinateur, par exemple /stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but its stream cannot be played; check the address in its manual, and set its stream to Motion JPEG or H.264.</source>
   <translation>La caméra réseau a répondu, mais son flux ne peut pas être lu ; vérifiez l’adresse dans son manuel et réglez son flux sur Motion JPEG ou H.264.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but no encrypted line comes about; write http instead of https, or check the number behind the colon (the port).</source>
   <translation>La caméra réseau a répondu, mais aucune liaison chiffrée ne s’établit ; écrivez http au lieu de https, ou vérifiez le nombre après les deux-points (le port).</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but only sends on to other addresses and back; look in its manual for the address of the video stream.</source>
   <translation>La caméra réseau a répondu, mais ne fait que renvoyer d’une adresse à l’autre ; cherchez dans son manuel l’adresse du flux vidéo.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but wants a name and password; write them into its address, as http://name:password@camera/stream.</source>
   <translation>La caméra réseau a répondu, mais demande un nom et un mot de passe ; écrivez-les dans son adresse, comme http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but what it sends holds no picture; set its stream to Motion JPEG or H.264 in its own settings.</source>
   <translation>La caméra réseau a répondu, mais ce qu’elle envoie ne contient pas d’image ; réglez son flux sur Motion JPEG ou H.264 dans ses réglages.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page that asks to sign in; look in its manual for the address of the video stream, and write name and password into it, as http://name:password@camera/stream.</source>
   <translation>La caméra réseau a répondu, mais par une page web qui demande de se connecter ; cherchez dans son manuel l’adresse du flux vidéo et écrivez-y nom et mot de passe, comme http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page, not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>La caméra réseau a répondu, mais par une page web et non par des images ; cherchez dans son manuel l’adresse du flux vidéo, par exemple /stream ou /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with data ({0}), not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>La caméra réseau a répondu, mais par des données ({0}) et non par des images ; cherchez dans son manuel l’adresse du flux vidéo, par exemple /stream ou /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: at this address nothing takes the call; check the number behind the colon (the port), and that its video is switched on.</source>
   <translation>La caméra réseau ne répond pas : à cette adresse, rien ne prend l’appel ; vérifiez le nombre après les deux-points (le port) et que sa vidéo est activée.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: its name is not known on this network; check the spelling, or write its number (IP address) instead.</source>
   <translation>La caméra réseau ne répond pas : son nom n’est pas connu sur ce réseau ; vérifiez l’orthographe, ou écrivez son numéro (adresse IP) à la place.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer; check that it is switched on and on this network, and the address given.</source>
   <translation>La caméra réseau ne répond pas ; vérifiez qu’elle est allumée et sur ce réseau, ainsi que l’adresse indiquée.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera has stopped sending; check its cable and power. It is tried again by itself.</source>
   <translation>La caméra réseau n’envoie plus rien ; vérifiez son câble et son alimentation. Un nouvel essai se fait tout seul.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends no pictures now; check its cable, and close other programs that watch it.</source>
   <translation>La caméra réseau n’envoie plus d’images ; vérifiez son câble et fermez les autres programmes qui la regardent.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends the same picture again and again; switch it off and on again.</source>
   <translation>La caméra réseau envoie toujours la même image ; éteignez-la et rallumez-la.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera takes the call and then sends nothing; close other programs that watch it, or switch it off and on again.</source>
   <translation>La caméra réseau prend l’appel, puis n’envoie rien ; fermez les autres programmes qui la regardent, ou éteignez-la et rallumez-la.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera’s pictures arrive broken; check its cable or radio link, or choose smaller pictures in its own settings.</source>
   <translation>Les images de la caméra réseau arrivent abîmées ; vérifiez son câble ou sa liaison radio, ou choisissez des images plus petites dans ses réglages.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera’s pictures could not be read; switch it off and on, and choose it again.</source>
   <translation>Les images de la caméra réseau n’ont pas pu être lues ; éteignez-la, rallumez-la et choisissez-la de nouveau.</translation>
  </message>
  <message>
   <location filename="rebuild.py" />
   <source>The network's layers cannot be joined as the file says; save it again with model.save('name.h5').</source>
   <translation>Les couches du réseau ne peuvent pas être reliées comme le fichier l’indique ; enregistrez-le de nouveau avec model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The number that is given up is not there (MRG-1).</source>
   <translation>Le numéro abandonné manque (MRG-1).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no OBR segment; the message may be cut off.</source>
   <translation>La demande n’a pas de segment OBR ; le message est peut-être tronqué.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no number (OBR-2, OBR-3, ORC-2, ORC-3 are empty).</source>
   <translation>La demande n’a pas de numéro (OBR-2, OBR-3, ORC-2, ORC-3 sont vides).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order is new (ORC-1) and cancelled (ORC-5 {0}) at once.</source>
   <translation>La demande est à la fois nouvelle (ORC-1) et annulée (ORC-5 {0}).</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The order names no case; send the number of the case as its first identifier.</source>
   <translation>La prescription ne nomme aucun cas ; envoyez le numéro du cas comme premier identifiant.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>The other system’s certificate is not trusted or names another computer; check both in the settings.</source>
   <translation>Le certificat de l’autre système n’est pas de confiance ou nomme un autre ordinateur ; vérifiez les deux dans les réglages.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The outbox {0} cannot be opened; check the disk.</source>
   <translation>La boîte d’envoi {0} ne peut pas être ouverte ; vérifiez le disque.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The password of this account is the hospital directory’s; it is changed there.</source>
   <translation>Le mot de passe de ce compte est celui de l’annuaire de l’hôpital ; il se change là-bas.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The patients that are locked away stayed in the laboratory.</source>
   <translation>Les patients réservés sont restés au laboratoire.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The picture cannot be written; choose another kind of file.</source>
   <translation>L’image ne peut pas être écrite ; choisissez un autre type de fichier.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>The picture has another size now, so the recording has ended.</source>
   <translation>L’image a maintenant une autre taille, l’enregistrement est donc terminé.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The picture is black; switch the lamp on, and open shutter and camera port.</source>
   <translation>L’image est noire ; allumez la lampe, ouvrez l’obturateur et la sortie caméra.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>The pictures of “{0}” have {1} megapixels, more than the {2} that can be opened; save it smaller.</source>
   <translation>Les images de « {0} » ont {1} mégapixels, plus que les {2} qui peuvent être ouverts ; enregistrez-le plus petit.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The preparing of a model ended unexpectedly. If other programs are open, close them to free memory; then start this one again.</source>
   <translation>La préparation d’un modèle s’est terminée de façon inattendue. Si d’autres programmes sont ouverts, fermez-les pour libérer de la mémoire ; puis redémarrez celui-ci.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The priority is not known; send routine, urgent, asap or stat.</source>
   <translation>La priorité n’est pas connue ; envoyez routine, urgent, asap ou stat.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The priority “{0}” is not known; write stat, urgent or routine.</source>
   <translation>La priorité « {0} » n’est pas connue ; écrivez stat, urgent ou routine.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile was taught with all of these patients; take cells of others, or look at the locked part.</source>
   <translation>Le profil a été appris avec tous ces patients ; prenez des cellules d’autres patients, ou consultez la partie verrouillée.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was compared with “{1}”, which speaks now: {2}; an administrator must write a reason to put it in force.</source>
   <translation>Le profil « {0} » a été comparé à « {1} », qui parle maintenant : {2} ; un administrateur doit écrire un motif pour le mettre en vigueur.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was not compared with “{1}”, which speaks now, on the locked patients; do that, or an administrator must write a reason to put it in force.</source>
   <translation>Le profil « {0} » n’a pas été comparé à « {1} », qui parle maintenant, sur les patients réservés ; faites-le, ou un administrateur doit écrire un motif pour le mettre en vigueur.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was proven {1}; an administrator must write a reason to put it in force.</source>
   <translation>Le profil « {0} » a été prouvé {1} ; un administrateur doit écrire un motif pour l’activer.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>Le programme ne peut pas dire de quel type de cellule il s’agit.</translation>
  </message>
  <message>
   <location filename="kept_image.py" />
   <source>The program ended several times while it judged this image; look at it in another program.</source>
   <translation>Le programme s’est arrêté plusieurs fois en jugeant cette image ; regardez-la dans un autre programme.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The reason cannot be kept: the disk is full or the models' folder cannot be written.</source>
   <translation>La raison ne peut pas être conservée : le disque est plein ou le dossier des modèles n’est pas accessible en écriture.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The reason stays in the audit trail for good; write it without the patient’s name or numbers.</source>
   <translation>Le motif reste pour toujours dans le journal d’audit ; écrivez-le sans le nom ni les numéros du patient.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The record that case {0} was erased was taken away behind the program’s back.</source>
   <translation>La mention de l’effacement du cas {0} a été retirée à l’insu du programme.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The role of this account comes from the groups of the hospital’s directory; it is changed there.</source>
   <translation>Le rôle de ce compte vient des groupes de l’annuaire de l’hôpital ; il se change là-bas.</translation>
  </message>
  <message>
   <location filename="marked_folder.py" />
   <source>The same image stands in another case, marked otherwise.</source>
   <translation>La même image se trouve dans un autre cas, marquée autrement.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The scale is not known; calibrate the objective in the settings, then scan.</source>
   <translation>L’échelle n’est pas connue ; étalonnez l’objectif dans les réglages, puis balayez.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The schema could not be checked: this user of the server may not make a schema beside it.</source>
   <translation>Le schéma n’a pas pu être vérifié : cet utilisateur du serveur ne peut pas créer de schéma à côté.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups does not keep what is written; check its disk.</source>
   <translation>Le second emplacement des sauvegardes ne garde pas ce qui y est écrit ; vérifiez son disque.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups is not there; connect it, or choose another one in the settings.</source>
   <translation>Le second emplacement des sauvegardes est absent ; connectez-le, ou choisissez-en un autre dans les réglages.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The separators after MSH make no sense; ask who made the file.</source>
   <translation>Les séparateurs après MSH n’ont pas de sens ; demandez à l’auteur du fichier.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The server heeds no trigger of this database (session_replication_role is {0}).</source>
   <translation>Le serveur ignore les déclencheurs de cette base (session_replication_role vaut {0}).</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>The server needs accounts, so that everybody who calls has a name: make them with “leukoscope people add”, then turn accounts on in the settings of the window, or with “leukoscope serve accounts”.</source>
   <translation>Le serveur a besoin de comptes, pour que chacun qui appelle ait un nom : créez-les avec « leukoscope people add », puis activez les comptes dans les réglages de la fenêtre ou avec « leukoscope serve accounts ».</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The settings cannot be read, and the cases are in a shared database whose address stands there; put settings.json back, or write the address into it again.</source>
   <translation>Les réglages ne peuvent pas être lus, et les cas sont dans une base de données partagée dont l’adresse s’y trouve ; remettez settings.json, ou écrivez-y de nouveau l’adresse.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings could not be saved; check the disk and the permissions of its folder.</source>
   <translation>Les réglages n’ont pas pu être enregistrés ; vérifiez le disque et les droits du dossier.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and every setting has its default.</source>
   <translation>Les réglages étaient endommagés ; ils sont mis de côté sous « {0} », et chaque réglage a sa valeur par défaut.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and the last good ones are in force.</source>
   <translation>Les réglages étaient endommagés ; ils sont mis de côté sous « {0} », et les derniers bons sont en vigueur.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The sex of the patient cannot be read; it stays empty. Write it on the case.</source>
   <translation>Le sexe est illisible et reste vide. L’écrire dans le cas.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>The shared cases are no longer held by this workstation; nothing was changed. Try again.</source>
   <translation>Ce poste ne tient plus les cas partagés ; rien n’a été modifié. Réessayez.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signature of entry {0} is not one of its key.</source>
   <translation>La signature de l’entrée {0} ne provient pas de sa clé.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The signature of this site profile is not valid; export it again.</source>
   <translation>La signature de ce profil du laboratoire n’est pas valide ; exportez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signed report of signature {0} of case {1} is missing, or not what was signed.</source>
   <translation>Le compte rendu signé de la signature {0} du cas {1} manque ou n’est pas celui qui a été signé.</translation>
  </message>
  <message>
   <location filename="kept_files.py" />
   <source>The site profile cannot be kept; check the disk and its permissions.</source>
   <translation>Le profil du laboratoire ne peut pas être conservé ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile in force, “{0}”, is gone or damaged; import it again, or retire it.</source>
   <translation>Le profil du laboratoire en vigueur, « {0} », a disparu ou est endommagé ; importez-le de nouveau, ou retirez-le.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>The site profile is gone; import it again.</source>
   <translation>Le profil de site a disparu ; importez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with models that are not installed here ({2}); pack them where they are, and bring them with leukoscope models receive FILE.</source>
   <translation>Le profil du laboratoire « {0}.{1} » a été appris avec des modèles qui ne sont pas installés ici ({2}) ; les emballer là où ils sont, et les apporter avec leukoscope models receive FILE.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with the models {2}; choose these, or teach it anew.</source>
   <translation>Le profil du laboratoire « {0}.{1} » a été appris avec les modèles {2} ; choisissez-les, ou refaites l’apprentissage.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}” cannot be read; import it again.</source>
   <translation>Le profil du laboratoire « {0} » ne peut pas être lu ; importez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not answer; check its power and its cable, then scan again.</source>
   <translation>La platine ne répond pas ; vérifiez son alimentation et son câble, puis relancez le balayage.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not get where it is sent: it is at its end or blocked; choose fewer fields, or begin elsewhere.</source>
   <translation>La platine n’arrive pas là où elle est envoyée : elle est en butée ou bloquée ; choisissez moins de champs ou commencez ailleurs.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stage moved: let it come to rest, or shorten the exposure, and take it again.</source>
   <translation>La platine a bougé : laissez-la s’immobiliser, ou raccourcissez l’exposition, puis reprenez l’image.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The stain differs from the control slides' usual: check times, pH and age of the stain, and stain again.</source>
   <translation>La coloration diffère de l’habituelle des lames de contrôle : vérifiez durées, pH et âge du colorant, puis recolorez.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stain is weak: check the staining times.</source>
   <translation>La coloration est faible : vérifiez les temps de coloration.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The system’s keyring does not keep the key; leave it in the file.</source>
   <translation>Le trousseau du système ne conserve pas la clé ; laissez-la dans le fichier.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority answered with something else than a timestamp; check its address.</source>
   <translation>L’autorité d’horodatage a répondu autre chose qu’un horodatage ; vérifiez son adresse.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority does not answer; it is asked again later.</source>
   <translation>L’autorité d’horodatage ne répond pas ; elle sera interrogée plus tard.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority refused to stamp; ask its operator.</source>
   <translation>L’autorité d’horodatage a refusé ; demandez à son exploitant.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp was not made by the authority whose certificate is set, or for something else.</source>
   <translation>L’horodatage ne vient pas de l’autorité dont le certificat est réglé, ou porte sur autre chose.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The timestamps in “{0}” cannot be read; put the file back.</source>
   <translation>Les horodatages de « {0} » sont illisibles ; remettez le fichier en place.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; it must end at entry {1}.</source>
   <translation>Le journal se termine à l’entrée {0} ; il doit se terminer à l’entrée {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; this workstation remembers entry {1}.</source>
   <translation>Le journal se termine à l’entrée {0} ; ce poste se souvient de l’entrée {1}.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The trail has no entry {0} any more, of which {1} tells.</source>
   <translation>Le journal n’a plus l’entrée {0}, indiquée ici : {1}.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The trail up to entry {0} was there on {1}: stamped by {2} (number {3}); {4} timestamps.</source>
   <translation>Le journal jusqu’à l’entrée {0} existait le {1} : horodaté par {2} (numéro {3}) ; {4} horodatages.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file could not be played on; choose it again, or another one.</source>
   <translation>La lecture du fichier vidéo n’a pas pu continuer ; choisissez-le de nouveau, ou un autre.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file is read slowly; check that its drive is connected.</source>
   <translation>Le fichier vidéo est lu lentement ; vérifiez que son lecteur est connecté.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video is black here, as it was recorded.</source>
   <translation>La vidéo est noire ici, telle qu’elle a été enregistrée.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video shows the same picture again and again, as it was recorded.</source>
   <translation>La vidéo montre toujours la même image, telle qu’elle a été enregistrée.</translation>
  </message>
  <message>
   <location filename="weights.py" />
   <source>The weights of the layer “{0}” do not fit the network that the file describes; save the whole model again with model.save('name.h5').</source>
   <translation>Les poids de la couche « {0} » ne correspondent pas au réseau que décrit le fichier ; enregistrez de nouveau le modèle entier avec model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="archive.py" />
   <source>The weights of the model file have names that this program does not know; save the model again as .h5.</source>
   <translation>Les poids du fichier du modèle ont des noms que ce programme ne connaît pas ; enregistrez de nouveau le modèle en .h5.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The white balance drifted: set it on empty glass (Capture, Set white).</source>
   <translation>La balance des blancs a dérivé : réglez-la sur le verre vide (Capture, Régler le blanc).</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>The worklist is being asked already; wait until it has answered.</source>
   <translation>La liste de travail est déjà interrogée ; attendez sa réponse.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is missing from the database.</source>
   <translation>{0} manque dans la base de données.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is not as LeukoScope made it.</source>
   <translation>{0} n’est pas tel que LeukoScope l’a créé.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} was planted in the database; LeukoScope makes none of this name.</source>
   <translation>{0} a été introduit dans la base de données ; LeukoScope ne crée rien de ce nom.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>There is a cell at this place already.</source>
   <translation>Il y a déjà une cellule à cet endroit.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>There is a model named “{0}” already; choose another name or remove it first.</source>
   <translation>Il y a déjà un modèle nommé « {0} » ; choisissez un autre nom ou supprimez-le d’abord.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>There is a model named “{0}” already; remove it first.</source>
   <translation>Il existe déjà un modèle nommé « {0} » ; supprimez-le d’abord.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>There is an account of this name already; choose another.</source>
   <translation>Il y a déjà un compte de ce nom ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is another site profile “{0}” already; give the new one another name.</source>
   <translation>Il y a déjà un autre profil du laboratoire « {0} » ; donnez un autre nom au nouveau.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>There is no FHIR server at this address; check it in the settings.</source>
   <translation>Il n’y a pas de serveur FHIR à cette adresse ; vérifiez-la dans les réglages.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>There is no control run {0}; see the list for its number.</source>
   <translation>Il n’y a pas de passage de contrôle {0} ; voyez son numéro dans la liste.</translation>
  </message>
  <message>
   <location filename="backup_sources.py" />
   <source>There is no file “{0}”; look for the backup again.</source>
   <translation>Il n’y a pas de fichier « {0} » ; cherchez de nouveau la sauvegarde.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>There is no folder “{0}”; {1} and name that folder.</source>
   <translation>Il n’y a pas de dossier « {0} » ; {1} et indiquez ce dossier.</translation>
  </message>
  <message>
   <location filename="overview.py" />
   <source>There is no labeled cell here; name cells in a case and review it, or choose a folder.</source>
   <translation>Il n’y a ici aucune cellule étiquetée ; nommez des cellules dans un cas et relisez-le, ou choisissez un dossier.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>There is no message between the marks.</source>
   <translation>Il n’y a aucun message entre les marques.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>There is no model named “{0}”; installed: {1}.</source>
   <translation>Il n’y a pas de modèle nommé « {0} » ; installés : {1}.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>There is no re-read {0}; see the list for its number.</source>
   <translation>Il n’y a pas de relecture {0} ; voyez son numéro dans la liste.</translation>
  </message>
  <message>
   <location filename="temporary_files.py" />
   <source>There is no room for temporary files; free some space on the disk, then try again.</source>
   <translation>Il n’y a pas de place pour les fichiers temporaires ; libérez de l’espace sur le disque, puis réessayez.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>There is no room for this backup on the disk; free {0} MB, then try again.</source>
   <translation>Il n’y a pas de place sur le disque pour cette sauvegarde ; libérez {0} Mo, puis réessayez.</translation>
  </message>
  <message>
   <location filename="map_files.py" />
   <source>There is no room on the disk for the maps; free some space, then try again.</source>
   <translation>Il n’y a pas de place sur le disque pour les cartes ; libérez-en, puis réessayez.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>There is no room on the disk, or your part of it is used up; free some space, then try again.</source>
   <translation>Il n’y a plus de place sur le disque, ou votre part est épuisée ; libérez de l’espace, puis réessayez.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is no site profile “{0}”; the page Quality and “leukoscope site list” show all.</source>
   <translation>Il n’y a pas de profil du laboratoire « {0} » ; la page Qualité et « leukoscope site list » les montrent tous.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>There is no such camera; “leukoscope cameras list” names those there are.</source>
   <translation>Cette caméra n’existe pas ; « leukoscope cameras list » nomme celles qu’il y a.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>There is no token {0}; “leukoscope people tokens” lists them.</source>
   <translation>Le jeton {0} n’existe pas ; « leukoscope people tokens » nomme ceux qu’il y a.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>There is not enough memory for the models; close other programs, then start this one again.</source>
   <translation>La mémoire ne suffit pas pour les modèles ; fermez d’autres programmes, puis redémarrez celui-ci.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>There is not enough memory for this image; close other programs.</source>
   <translation>Il n’y a pas assez de mémoire pour cette image ; fermez d’autres programmes.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>There was not enough memory for what lies at {0} (pixels from left, top); judge the image again.</source>
   <translation>La mémoire n’a pas suffi pour ce qui se trouve en {0} (pixels depuis la gauche, depuis le haut) ; faites juger l’image à nouveau.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>These cases are encrypted with another key; type the recovery key that was printed for them.</source>
   <translation>Ces cas sont chiffrés avec une autre clé ; tapez la clé de secours imprimée pour eux.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>These cases are in a shared database; its server encrypts them. docs/security.md says what it must do.</source>
   <translation>Ces cas sont dans une base partagée ; son serveur les chiffre. docs/security.md dit ce qu’il doit faire.</translation>
  </message>
  <message>
   <location filename="store_lock.py" />
   <source>These cases are open in a window or another command, here or on another workstation; close it, then try again.</source>
   <translation>Ces cas sont ouverts dans une fenêtre ou une autre commande, ici ou sur un autre poste ; fermez-la, puis réessayez.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>These cases were saved by a newer version of LeukoScope; install that version to open them.</source>
   <translation>Ces cas ont été enregistrés par une version plus récente de LeukoScope ; installez cette version pour les ouvrir.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells are of two microscopes or cameras, or some were cut out and others not; make one folder, and one profile, for each.</source>
   <translation>Ces cellules viennent de deux microscopes ou caméras, ou certaines ont été découpées et d’autres non ; faites un dossier, et un profil, pour chaque sorte.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>These cells lie too far apart to be pieces of one; choose cells that nearly touch.</source>
   <translation>Ces cellules sont trop éloignées pour être les morceaux d'une seule ; choisissez des cellules qui se touchent presque.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>These cells teach nothing yet; needed are {0}.</source>
   <translation>Ces cellules n’apprennent encore rien ; il faut {0}.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells were taken with two microscopes, “{0}” and “{1}”; make one profile for each: take the cells of one.</source>
   <translation>Ces cellules ont été prises avec deux microscopes, « {0} » et « {1} » ; faire un profil pour chacun : prendre les cellules d’un seul.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>These columns are not known and were left out: {0}.</source>
   <translation>Ces colonnes ne sont pas connues et ont été laissées de côté : {0}.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This account is closed or no longer there; choose another.</source>
   <translation>Ce compte est fermé ou n’existe plus ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account is no longer there; open the list again.</source>
   <translation>Ce compte n’existe plus ; rouvrez la liste.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account may no longer be used; ask an administrator.</source>
   <translation>Ce compte ne peut plus être utilisé ; demandez à un administrateur.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup cannot be read; check the disk that it is on.</source>
   <translation>Cette sauvegarde ne peut pas être lue ; vérifiez le disque où elle se trouve.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup holds no case, and there are {0} now; choose another.</source>
   <translation>Cette sauvegarde ne contient aucun cas, et il y en a {0} maintenant ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="encrypted_file.py" />
   <source>This backup is damaged; choose another.</source>
   <translation>Cette sauvegarde est endommagée ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup is not as LeukoScope writes it ({0}); choose another.</source>
   <translation>Cette sauvegarde n’est pas telle que LeukoScope l’écrit ({0}) ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup was not put back: {0} Choose another.</source>
   <translation>Cette sauvegarde n’a pas été restaurée : {0} Choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup would unpack to {0} MB, which no backup of this size holds; it is damaged or planted. Choose another.</source>
   <translation>Cette sauvegarde donnerait {0} Mo décompressée, ce qu’aucune sauvegarde de cette taille ne contient ; elle est endommagée ou piégée. Choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>This camera has no stage that can be moved from here; choose one of Micro-Manager whose stage has motors.</source>
   <translation>Cette caméra n’a pas de platine que l’on puisse déplacer d’ici ; choisissez-en une de Micro-Manager dont la platine a des moteurs.</translation>
  </message>
  <message>
   <location filename="hl7_building.py" />
   <source>This case cannot be written as HL7.</source>
   <translation>Ce cas ne peut pas être écrit en HL7.</translation>
  </message>
  <message>
   <location filename="queue.py" />
   <source>This case has an image of these very bytes already; nothing counts twice. Send another image.</source>
   <translation>Ce cas a déjà une image identique à l’octet près ; rien ne compte deux fois. Envoyez une autre image.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being erased; choose another.</source>
   <translation>Ce cas est en cours d’effacement ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being exported, sent, signed or judged; wait until that is done, then erase it.</source>
   <translation>Ce cas est en cours d’exportation, d’envoi, de signature ou d’évaluation ; attendez que ce soit fait, puis effacez-le.</translation>
  </message>
  <message>
   <location filename="case_orders.py" />
   <source>This case is no longer in the list; open the list again.</source>
   <translation>Ce cas n’est plus dans la liste ; rouvrez la liste.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is not signed; it can be changed as it is.</source>
   <translation>Ce cas n’est pas signé ; il peut être changé tel quel.</translation>
  </message>
  <message>
   <location filename="open_case_lock.py" />
   <source>This case is open at another workstation; close it there, then erase it.</source>
   <translation>Ce cas est ouvert sur un autre poste ; fermez-le là-bas, puis effacez-le.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed already.</source>
   <translation>Ce cas est déjà signé.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Ce cas est signé ; amendez-le avec un motif pour le changer.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>This cell could not be compared; look whether its image is still there.</source>
   <translation>Cette cellule n’a pas pu être comparée ; vérifiez que son image est encore là.</translation>
  </message>
  <message>
   <location filename="deciding.py" />
   <source>This cell is no longer in the case; open the case again.</source>
   <translation>Cette cellule n’est plus dans le cas ; rouvrez le cas.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This cell is no longer there; begin another re-read.</source>
   <translation>Cette cellule n’est plus là ; commencez une autre relecture.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>This cell was moved, divided or joined, and what it became counts: take that out first, or undo the change.</source>
   <translation>Cette cellule a été déplacée, divisée ou réunie, et ce qu’elle est devenue compte : retirez-le d’abord, ou annulez la modification.</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>This copy of the cases is only looked at; export the end of the trail from the store.</source>
   <translation>Cette copie des cas est seulement consultée ; exportez la fin du journal depuis la base de données des cas elle-même.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Cela ne ressemble pas à un globule blanc.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>This entry of the DICOM worklist cannot be read; ask its administrator.</source>
   <translation>Cette entrée de la liste de travail DICOM est illisible ; demandez à son administrateur.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This file is no backup of LeukoScope; choose one that it made.</source>
   <translation>Ce fichier n’est pas une sauvegarde de LeukoScope ; choisissez-en une qu’il a faite.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>This file is too large for a list of cases; choose another.</source>
   <translation>Ce fichier est trop grand pour une liste de cas ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>This file is too large for a list of orders.</source>
   <translation>Ce fichier est trop grand pour une liste de demandes.</translation>
  </message>
  <message>
   <location filename="batch_report.py" />
   <source>This image changed or has gone since it was judged; its cells stand in findings.json.</source>
   <translation>Cette image a changé ou disparu depuis son évaluation ; ses cellules se trouvent dans findings.json.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>This image could not be analyzed; look at it in another program.</source>
   <translation>Cette image n’a pas pu être analysée ; regardez-la dans un autre programme.</translation>
  </message>
  <message>
   <location filename="deidentification.py" />
   <source>This image could not be read or judged.</source>
   <translation>Cette image n’a pas pu être lue ou évaluée.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>This image is no longer in the case; open the case again.</source>
   <translation>Cette image n’est plus dans le cas ; rouvrez le cas.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>This image is not in the store; add it again.</source>
   <translation>Cette image n’est pas enregistrée ; ajoutez-la de nouveau.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This image is not judged yet; its cells are in no count.</source>
   <translation>Cette image n’est pas encore jugée ; ses cellules ne sont dans aucun décompte.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>This image is one cell that was cut out already; draw cells on fields.</source>
   <translation>Cette image est une cellule déjà découpée ; dessinez des cellules sur des champs.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a PDF; choose a list as CSV or HL7.</source>
   <translation>C’est un PDF ; choisissez une liste en CSV ou HL7.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>This is a cell that was cut out; a control slide is measured on whole fields.</source>
   <translation>C’est une cellule découpée ; une lame de contrôle se mesure sur des champs entiers.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>This is a message of a test (MSH-11); nothing of it is taken. Send P in MSH-11.</source>
   <translation>C’est un message de test (MSH-11) ; rien n’en est pris. Envoyez P dans MSH-11.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a workbook (Excel, LibreOffice); save it as CSV and choose that file.</source>
   <translation>C’est un classeur (Excel, LibreOffice) ; enregistrez-le en CSV et choisissez ce fichier.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4.</source>
   <translation>Ceci n’est pas un ServiceRequest de FHIR R4.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4: {0}.</source>
   <translation>Ceci n’est pas un ServiceRequest de FHIR R4 : {0}.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>This is no address of a camera; write it as http://camera:81/stream or rtsp://camera:554/stream.</source>
   <translation>Ce n’est pas l’adresse d’une caméra ; écrivez-la comme http://camera:81/stream ou rtsp://camera:554/stream.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This is no case number; scan or type it again.</source>
   <translation>Ce n’est pas un numéro de cas ; scannez-le ou saisissez-le à nouveau.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>This is no file of the image store.</source>
   <translation>Ce n’est pas un fichier du dépôt d’images.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This is no list of HL7 orders; choose another file.</source>
   <translation>Ce n’est pas une liste d’ordres HL7 ; choisissez un autre fichier.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>This is no recovery key; type all its groups as they were printed.</source>
   <translation>Ce n’est pas une clé de secours ; tapez tous ses groupes comme ils ont été imprimés.</translation>
  </message>
  <message>
   <location filename="programs.py" />
   <source>This is the light edition; install the full LeukoScope to prepare or import models.</source>
   <translation>C’est l’édition légère ; installez LeukoScope complet pour préparer ou importer des modèles.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>This is the same image as “{0}”, and is counted once.</source>
   <translation>C’est la même image que « {0} », et elle est comptée une fois.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>This line is no HL7 segment and belongs to no message.</source>
   <translation>Cette ligne n’est pas un segment HL7 et n’appartient à aucun message.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This line may belong to the open quote in line {0}.</source>
   <translation>Cette ligne appartient peut-être au guillemet ouvert de la ligne {0}.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>This message breaks the rules of HL7; ask who made it.</source>
   <translation>Ce message enfreint les règles de HL7 ; demandez à celui qui l’a fait.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This message breaks the rules of HL7; ask who made the file.</source>
   <translation>Ce message enfreint les règles de HL7 ; demandez à l’auteur du fichier.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>This name is too long; write at most {0} characters.</source>
   <translation>Ce nom est trop long ; écrivez au plus {0} caractères.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This number stands in line {0} already; a list names each case once.</source>
   <translation>Ce numéro figure déjà à la ligne {0} ; une liste nomme chaque cas une fois.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>This picture could not be analyzed.</source>
   <translation>Cette image n’a pas pu être analysée.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This re-read is another person’s; join it to read the same cells.</source>
   <translation>Cette relecture est celle d’une autre personne ; joignez-vous à elle pour lire les mêmes cellules.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region has {0} mm², more than the {1} that are taken at once; choose a smaller one.</source>
   <translation>Cette zone fait {0} mm², plus que les {1} pris en une fois ; choisissez-en une plus petite.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region lies beside the picture of “{0}”; choose one on it.</source>
   <translation>Cette zone se trouve hors de l’image de « {0} » ; choisissez-en une dessus.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is damaged or was changed by hand; export it again where it was made.</source>
   <translation>Ce profil du laboratoire est endommagé ou a été modifié à la main ; exportez-le de nouveau là où il a été créé.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is of a later version of the program; update this one.</source>
   <translation>Ce profil du laboratoire vient d’une version plus récente du programme ; mettez celui-ci à jour.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token has expired; ask an administrator for another.</source>
   <translation>Ce jeton a expiré ; demandez-en un autre à un administrateur.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This token is not known here; ask an administrator for another.</source>
   <translation>Ce jeton n’est pas connu ici ; demandez-en un autre à un administrateur.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token was revoked; ask an administrator for another.</source>
   <translation>Ce jeton a été révoqué ; demandez-en un autre à un administrateur.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>This workstation stood still in the middle of saving and lost its turn; nothing was saved. Do it again.</source>
   <translation>Ce poste s’est arrêté au milieu d’un enregistrement et a perdu son tour ; rien n’a été enregistré. Recommencez.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>Trop sombre : augmentez la lampe ou le temps de pose et reprenez l’image.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too little light: clean the lens, or raise lamp or exposure.</source>
   <translation>Trop peu de lumière : nettoyez la lentille, ou augmentez la lampe ou l’exposition.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>Too many messages wait for a person; others that are to be refused are not kept until some are dismissed under “Show messages”.</source>
   <translation>Trop de messages attendent une personne ; d’autres à refuser ne sont pas conservés tant que certains n’ont pas été écartés sous « Afficher les messages ».</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Too many wrong passwords; try again in 15 min, or ask an administrator.</source>
   <translation>Trop de mots de passe faux ; réessayez dans 15 min ou demandez à un administrateur.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Too many wrong passwords; try again in {0} min, or ask an administrator.</source>
   <translation>Trop de mots de passe faux ; réessayez dans {0} min ou demandez à un administrateur.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too much light: lower lamp or exposure.</source>
   <translation>Trop de lumière : baissez la lampe ou l’exposition.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Tried on {0}. The cells that chose it flatter it.</source>
   <translation>Essayé sur {0}. Les cellules qui l’ont choisi le flattent.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Two workers were lost while they judged this image; look at it in another program.</source>
   <translation>Deux processus de calcul ont été perdus en analysant cette image ; regardez-la dans un autre programme.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>Waiting image {0} of case {1} is said to be judged, and no program has begun with it.</source>
   <translation>L’image en attente {0} du cas {1} est donnée comme en cours de jugement, mais aucun programme ne l’a commencée.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>What answers at this address is no FHIR server; check it in the settings.</source>
   <translation>Ce qui répond à cette adresse n’est pas un serveur FHIR ; vérifiez-la dans les réglages.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>What is left of entries that entry {0} erased was changed.</source>
   <translation>Ce qui reste des entrées que l’entrée {0} a effacées a été modifié.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.</source>
   <translation>La réponse du système de l’hôpital n’est pas un accusé de réception HL7 ; vérifiez le port dans les réglages.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>What was learned of some patients says nothing of the others: the labels seem to be mixed up; check that every cell lies in the folder of its class and its patient.</source>
   <translation>Ce qui a été appris de certains patients ne dit rien des autres : les étiquettes semblent mélangées ; vérifiez que chaque cellule se trouve dans le dossier de sa classe et de son patient.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>What was taught cannot be kept; check the disk and its permissions.</source>
   <translation>Ce qui a été appris ne peut pas être conservé ; vérifiez le disque et ses droits.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>What was to be sent can no longer be read from the disk; send the case again.</source>
   <translation>Ce qui devait être envoyé ne peut plus être lu sur le disque ; envoyez de nouveau le cas.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>Which site profile is in force cannot be read; activate one, or retire it ({0}).</source>
   <translation>Impossible de lire quel profil du laboratoire est en vigueur ; activez-en un, ou retirez-le ({0}).</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>While the program ran, audit-head.json was taken away, or put back from an older copy.</source>
   <translation>Pendant que le programme tournait, audit-head.json a été retiré ou remplacé par une copie plus ancienne.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>While this workstation was away, a backup took the place of the shared cases; nothing was saved. Close the program and open it again.</source>
   <translation>Pendant l’absence de ce poste, une sauvegarde a pris la place des cas partagés ; rien n’a été enregistré. Fermez le programme et rouvrez-le.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>Windows lets no program use a camera; switch on “Let desktop apps access your camera” in Settings, Privacy &amp; security, Camera.</source>
   <translation>Windows ne laisse aucun programme utiliser une caméra ; activez « Autoriser les applications de bureau à accéder à votre caméra » dans Paramètres, Confidentialité et sécurité, Caméra.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write an administrator’s name and password first.</source>
   <translation>Écrivez d’abord le nom et le mot de passe d’un administrateur.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write below which name people and groups are, for example dc=hospital,dc=example.</source>
   <translation>Écrivez sous quel nom se trouvent personnes et groupes, par exemple dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write groups in full, as in cn=reviewers,ou=groups,dc=hospital,dc=example.</source>
   <translation>Écrivez les groupes en entier, comme cn=reviewers,ou=groups,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Write the address of the FHIR server as https://server/base, without a name or password.</source>
   <translation>Écrivez l’adresse du serveur FHIR sous la forme https://serveur/base, sans nom ni mot de passe.</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>Write the address of the worklist first, for example WORKLIST@ris.hospital:2762.</source>
   <translation>Indiquez d’abord l’adresse de la liste de travail, par exemple WORKLIST@ris.hospital:2762.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write the directory’s address as ldaps://computer, or ldap://computer for StartTLS; plain:// goes in the clear.</source>
   <translation>Écrivez l’adresse de l’annuaire comme ldaps://ordinateur, ou ldap://ordinateur pour StartTLS ; plain:// passe en clair.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write the directory’s address first.</source>
   <translation>Écrivez d’abord l’adresse de l’annuaire.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Write the end of the trail as the report prints it: 57-9f86d081884c7d65.</source>
   <translation>Écrivez la fin du journal telle que le rapport l’imprime : 57-9f86d081884c7d65.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Write the month with year and number: 2026-11.</source>
   <translation>Écrivez le mois avec l’année et le numéro : 2026-11.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Write the name with which this person signs in at the hospital’s directory.</source>
   <translation>Écrivez le nom avec lequel cette personne se connecte à l’annuaire de l’hôpital.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where DICOM files go as TITLE@computer:port, for example ARCHIVE@pacs:104.</source>
   <translation>Écrivez où vont les fichiers DICOM sous la forme TITRE@ordinateur:port, par exemple ARCHIVE@pacs:104.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where HL7 messages go as computer:port, for example lis.hospital:2575.</source>
   <translation>Écrivez où vont les messages HL7 sous la forme ordinateur:port, par exemple lis.hospital:2575.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where to listen as address:port, for example 127.0.0.1:2575, or tls://0.0.0.0:2575.</source>
   <translation>Écrivez où écouter sous la forme adresse:port, par exemple 127.0.0.1:2575, ou tls://0.0.0.0:2575.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Write why nothing more is to be done about this message.</source>
   <translation>Écrivez pourquoi il n’y a plus rien à faire pour ce message.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name first; it stands beside what you decide.</source>
   <translation>Écrivez d’abord votre nom ; il figure à côté de ce que vous décidez.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Write your name; a signature needs one.</source>
   <translation>Écrivez votre nom ; une signature en a besoin.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name; it stands beside what you decide.</source>
   <translation>Écrivez votre nom ; il figure à côté de ce que vous décidez.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write {} once where the name belongs, as in uid={},ou=people,dc=hospital,dc=example.</source>
   <translation>Écrivez {} une fois à la place du nom, comme dans uid={},ou=people,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>You decided cells of this case yourself; somebody else must sign it.</source>
   <translation>Vous avez décidé vous-même de cellules de ce cas ; quelqu’un d’autre doit le signer.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>You have read these cells already; another person can read them.</source>
   <translation>Vous avez déjà lu ces cellules ; une autre personne peut les lire.</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Vous avez été déconnecté ; connectez-vous de nouveau.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory has expired; ask the help desk.</source>
   <translation>Votre compte de l’annuaire de l’hôpital a expiré ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Your account of the hospital’s directory is closed or no longer there; ask the help desk.</source>
   <translation>Votre compte de l’annuaire de l’hôpital est fermé ou n’existe plus ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory is closed; ask the help desk.</source>
   <translation>Votre compte de l’annuaire de l’hôpital est fermé ; demandez à l’assistance.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory has expired; change it at a hospital computer, then sign in.</source>
   <translation>Votre mot de passe de l’annuaire de l’hôpital a expiré ; changez-le sur un ordinateur de l’hôpital, puis connectez-vous.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory must be changed first; do that at a hospital computer.</source>
   <translation>Votre mot de passe de l’annuaire de l’hôpital doit d’abord être changé ; faites-le sur un ordinateur de l’hôpital.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} In all, {1} of the {2} cells could not be judged; look at them yourself.</source>
   <translation>{0} En tout, {1} des {2} cellules n’ont pas pu être jugées ; regardez-les vous-même.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} See its chart.</source>
   <translation>{0} a enfreint une règle du contrôle quotidien ({1}) : {2} Voyez sa carte.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} Then measure the control slide again, or let a reviewer leave the run out with a reason.</source>
   <translation>{0} a enfreint une règle du contrôle quotidien ({1}) : {2} Mesurez ensuite à nouveau la lame de contrôle, ou faites laisser la mesure de côté, avec une raison, par un relecteur.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>{0} cases have the number “{1}”; give each its own first.</source>
   <translation>{0} cas portent le numéro « {1} » ; donnez d’abord à chacun le sien.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>{0} files are in the clear; leukoscope encryption on encrypts them.</source>
   <translation>{0} fichiers sont en clair ; leukoscope encryption on les chiffre.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>{0} has commented on this cell meanwhile; yours was “{1}”.</source>
   <translation>{0} a commenté cette cellule entre-temps ; votre commentaire était « {1} ».</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has labeled this cell {1} meanwhile.</source>
   <translation>Entre-temps, {0} a étiqueté cette cellule comme {1}.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has taken the label of this cell back meanwhile.</source>
   <translation>Entre-temps, {0} a retiré l’étiquette de cette cellule.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} images of previews, deleted files or earlier results in “{1}” are left out.</source>
   <translation>{0} images d’aperçus, de fichiers supprimés ou de résultats antérieurs dans « {1} » sont laissées de côté.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case are not judged yet; wait for them, or remove them.</source>
   <translation>{0} images de ce cas ne sont pas encore jugées ; attendez-les ou retirez-les.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case could not be judged; judge again, remove, or sign without them.</source>
   <translation>{0} images de ce cas n’ont pas pu être jugées ; jugez-les de nouveau, retirez-les, ou signez sans elles.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of an end of the trail that nobody signed.</source>
   <translation>{0} porte sur une fin du journal que personne n’a signée.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of before a backup was put back.</source>
   <translation>{0} date d’avant la restauration d’une sauvegarde.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>{0} leukemic and {1} healthy cells were found in “{2}”; at least {3} of each side are needed. For this, {4}.</source>
   <translation>{0} cellules leucémiques et {1} saines ont été trouvées dans « {2} » ; il en faut au moins {3} de chaque côté. Pour cela : {4}.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>{0} missing or damaged: SHA-256 {1}{2}.</source>
   <translation>{0} manquant ou endommagé : SHA-256 {1}{2}.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>{0} more pictures were left out.</source>
   <translation>{0} autres images ont été laissées de côté.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>{0} of at least {1} fields could be measured; take more of the slide.</source>
   <translation>{0} champs sur au moins {1} ont pu être mesurés ; prenez-en davantage.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} of the {1} cells could not be judged; look at them yourself.</source>
   <translation>{0} des {1} cellules n’ont pas pu être jugées ; regardez-les vous-même.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>{0} rows of “{1}” belong to none of “{2}” ({3}); they were put there, or what they belong to was taken away, behind the program’s back.</source>
   <translation>{0} lignes de « {1} » n’appartiennent à aucune de « {2} » ({3}) ; elles ont été ajoutées, ou ce à quoi elles appartiennent a été retiré, à l’insu du programme.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} smaller copies, labels or masks in “{1}” are left out.</source>
   <translation>{0} copies réduites, étiquettes ou masques dans « {1} » sont laissés de côté.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} unsure cells wait for you; label them, then sign.</source>
   <translation>{0} cellules incertaines vous attendent ; étiquetez-les, puis signez.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was added behind the program’s back; the trail does not know it.</source>
   <translation>{0} a été ajouté à l’insu du programme ; le journal ne le connaît pas.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back ({1}); entry {2} says otherwise.</source>
   <translation>{0} a été modifié à l’insu du programme ({1}) ; l’entrée {2} dit autre chose.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back between entries {1} and {2}.</source>
   <translation>{0} a été modifié à l’insu du programme entre les entrées {1} et {2}.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back; entry {1} says otherwise.</source>
   <translation>{0} a été modifié à l’insu du programme ; l’entrée {1} dit autre chose.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was taken away behind the program’s back; entry {1} tells of it.</source>
   <translation>{0} a été retiré à l’insu du programme ; l’entrée {1} en fait état.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” calls TensorFlow's “{1}”, which this program does not rebuild; type {2} in the notebook that made it, and import that folder.</source>
   <translation>« {0} » appelle « {1} » de TensorFlow, que ce programme ne reconstruit pas ; tapez {2} dans le notebook qui l'a créé et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>“{0}” can no longer be read; add it again.</source>
   <translation>« {0} » ne peut plus être lu ; ajoutez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” can no longer be read; check that its drive is connected, then open it again.</source>
   <translation>« {0} » ne peut plus être lu ; vérifiez que son lecteur est connecté, puis rouvrez-le.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>“{0}” cannot be a model's name; use small letters, digits, dots and dashes.</source>
   <translation>« {0} » ne peut pas être le nom d’un modèle ; prenez des minuscules, chiffres, points et tirets.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” cannot be opened; close other programs that use it, and check that you may use cameras.</source>
   <translation>« {0} » ne peut pas être ouverte ; fermez les autres programmes qui l’utilisent et vérifiez que vous avez droit aux caméras.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” cannot be opened; switch the microscope on and close Micro-Manager.</source>
   <translation>« {0} » ne peut pas être ouvert ; allumez le microscope et fermez Micro-Manager.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be played; choose a video file, for example MP4 or AVI.</source>
   <translation>« {0} » ne peut pas être lu ; choisissez un fichier vidéo, par exemple MP4 ou AVI.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” cannot be put together: its weights are not those of its network, or its Keras is newer than this program's. Type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » ne peut être assemblé : ses poids ne sont pas ceux de son réseau, ou son Keras est plus récent que celui de ce programme. Tapez model.export('folder') dans le notebook qui l’a créé, puis importez ce dossier.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” cannot be read, or the disk is full; nothing was installed.</source>
   <translation>« {0} » ne peut pas être lu, ou le disque est plein ; rien n’a été installé.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” cannot be read: it is damaged, or uses an operation that this program has no rule for; copy it again, or build the model of Keras' own layers and save that.</source>
   <translation>« {0} » ne peut être lu : il est endommagé, ou utilise une opération pour laquelle ce programme n’a pas de règle ; copiez-le de nouveau, ou construisez le modèle avec les couches de Keras et enregistrez celui-ci.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be read; check its name and its drive.</source>
   <translation>« {0} » ne peut pas être lu ; vérifiez son nom et son lecteur.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” cannot be read; check that its drive is connected and copy it again.</source>
   <translation>« {0} » ne peut pas être lu ; vérifiez que son lecteur est branché et copiez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be read; check that its drive is connected and that you may read it.</source>
   <translation>« {0} » ne peut pas être lu ; vérifiez que son lecteur est connecté et que vous avez le droit de le lire.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be written; check the disk.</source>
   <translation>« {0} » ne peut pas être écrit ; vérifiez le disque.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” cannot be written; choose another folder.</source>
   <translation>« {0} » ne peut pas être écrit ; choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” cannot be written; choose another place for the token.</source>
   <translation>« {0} » ne peut pas être écrit ; choisissez un autre emplacement pour le jeton.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” cannot be written; connect the drive it is on, or choose another place.</source>
   <translation>« {0} » ne peut pas être écrit ; connectez le lecteur où il se trouve, ou choisissez un autre emplacement.</translation>
  </message>
  <message>
   <location filename="dicom_base.py" />
   <source>“{0}” cannot be written; free some space or choose another folder.</source>
   <translation>« {0} » ne peut pas être écrit ; libérez de la place ou choisissez un autre dossier.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” changes when the weights are shuffled (correlation {1}), as it must.</source>
   <translation>« {0} » change quand les poids sont mélangés (corrélation {1}), comme il se doit.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” claims {1} megapixels and holds next to nothing; save it again in the program it comes from.</source>
   <translation>« {0} » annonce {1} mégapixels et ne contient presque rien ; enregistrez-le à nouveau dans le programme dont il provient.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” contains {1}, which can run code; type {2} in the notebook that made it, and import that folder.</source>
   <translation>« {0} » contient {1}, qui peut exécuter du code ; tapez {2} dans le notebook qui l'a créé et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” could not be tried by taking pixels away: the answer hardly depends on the cell.</source>
   <translation>« {0} » n’a pas pu être essayée en retirant des pixels : la réponse dépend à peine de la cellule.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” describes a network that is nested too deep; it is refused.</source>
   <translation>« {0} » décrit un réseau trop profondément imbriqué ; il est refusé.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes a network that is too large; it is refused.</source>
   <translation>« {0} » décrit un réseau trop grand ; il est refusé.</translation>
  </message>
  <message>
   <location filename="two_files.py" />
   <source>“{0}” describes a network without its weights; put them beside it as “{1}.weights.h5”, then import it again.</source>
   <translation>« {0} » décrit un réseau sans ses poids ; placez-les à côté sous le nom « {1}.weights.h5 », puis importez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes no network; save the whole model with model.save().</source>
   <translation>« {0} » ne décrit aucun réseau ; enregistrez le modèle entier avec model.save().</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>« {0} » n’existe pas ; vérifiez son nom et que son lecteur est branché.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>“{0}” does not state its scale; say which objective it was scanned with first.</source>
   <translation>« {0} » n’indique pas son échelle ; dites d’abord avec quel objectif elle a été numérisée.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures made by “{1}”, which may be more than 1 or less than 0; probabilities or logits are needed. Give its last layer the activation “sigmoid” or “softmax”, and train that.</source>
   <translation>« {0} » se termine par des valeurs de « {1} », qui peuvent dépasser 1 ou être inférieures à 0 ; il faut des probabilités ou des logits. Donnez à la dernière couche l’activation « sigmoid » ou « softmax », et entraînez ce modèle.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures of {1} for each cell; one figure for each class is needed. Put GlobalAveragePooling2D and Dense(1, activation=“sigmoid”) at its end, and train that.</source>
   <translation>« {0} » se termine par des valeurs de {1} pour chaque cellule ; il faut une valeur par classe. Ajoutez GlobalAveragePooling2D et Dense(1, activation=« sigmoid ») à la fin, et entraînez ce modèle.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” follows no model that is installed; choose which models judge instead.</source>
   <translation>« {0} » ne suit aucun modèle installé ; choisir plutôt quels modèles jugent.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” gives one figure for each cell, which tells two classes apart: name healthy,leukemic or leukemic,healthy.</source>
   <translation>« {0} » donne une valeur par cellule, qui distingue deux classes : nommez healthy,leukemic ou leukemic,healthy.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” has more than {1} pages; save those that show cells as images of their own.</source>
   <translation>« {0} » a plus de {1} pages ; enregistrez celles qui montrent des cellules comme des images à part.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” has {1} % of its evidence on the cell, which fills {2} % of the image.</source>
   <translation>« {0} » a {1} % de ses indices sur la cellule, qui remplit {2} % de l’image.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} megapixels, more than the {2} that can be opened; save it in parts or smaller.</source>
   <translation>« {0} » a {1} mégapixels, plus que les {2} qui peuvent être ouverts ; enregistrez-le en parties ou plus petit.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” has {1} outputs; say which of them tells what a cell is: one of {2}.</source>
   <translation>« {0} » a {1} sorties ; dites laquelle indique ce qu’est une cellule : l’une de {2}.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} pages; save each page as an image of its own.</source>
   <translation>« {0} » a {1} pages ; enregistrez chaque page comme une image.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds a file twice; it is refused.</source>
   <translation>« {0} » contient un fichier deux fois ; il est refusé.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a link instead of weights; it is refused.</source>
   <translation>« {0} » contient un lien au lieu de poids ; il est refusé.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a part of itself twice; it is refused.</source>
   <translation>« {0} » contient deux fois une partie de lui-même ; il est refusé.</translation>
  </message>
  <message>
   <location filename="run_journal.py" />
   <source>“{0}” holds an unfinished run that was asked otherwise ({1}); go on as it was asked, choose another folder with --out, or throw it away with --anew.</source>
   <translation>« {0} » contient une analyse inachevée, demandée autrement ({1}) ; poursuivez-la telle qu'elle a été demandée, choisissez un autre dossier avec --out, ou abandonnez-la avec --anew.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” holds arrays but no network; give them to the model with model.set_weights, type model.save('name.keras'), and import that.</source>
   <translation>« {0} » contient des tableaux mais aucun réseau ; donnez-les au modèle avec model.set_weights, tapez model.save('name.keras') et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds files that a Keras model does not need ({1}); it is refused.</source>
   <translation>« {0} » contient des fichiers dont un modèle Keras n’a pas besoin ({1}) ; il est refusé.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds more parts than any network; it is refused.</source>
   <translation>« {0} » contient plus de parties que n’importe quel réseau ; il est refusé.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>“{0}” holds no certificate of a timestamp authority; choose a PEM file.</source>
   <translation>« {0} » ne contient pas de certificat d’une autorité d’horodatage ; choisissez un fichier PEM.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificate with its key; choose a PEM file in the settings.</source>
   <translation>« {0} » ne contient pas de certificat avec sa clé ; choisissez un fichier PEM dans les réglages.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificates; choose a PEM file in the settings.</source>
   <translation>« {0} » ne contient pas de certificats ; choisissez un fichier PEM dans les réglages.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” holds no image; send another file.</source>
   <translation>« {0} » ne contient aucune image ; envoyez un autre fichier.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” holds no picture that can be shown; choose another video file.</source>
   <translation>« {0} » ne contient aucune image affichable ; choisissez un autre fichier vidéo.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” holds no picture; check the disk and record again.</source>
   <translation>« {0} » ne contient aucune image ; vérifiez le disque et enregistrez de nouveau.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds something else than numbers among its weights; it is refused.</source>
   <translation>« {0} » contient autre chose que des nombres parmi ses poids ; il est refusé.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>“{0}” holds something else; name a new or empty folder.</source>
   <translation>« {0} » contient autre chose ; indiquez un dossier nouveau ou vide.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds weights but no network; save the whole model with model.save().</source>
   <translation>« {0} » contient des poids mais pas de réseau ; enregistrez le modèle entier avec model.save().</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file with {1}, which is not read; export it as PNG or TIFF, or without compression.</source>
   <translation>« {0} » est un fichier DICOM avec {1}, qui n’est pas lu ; exportez-le en PNG ou TIFF, ou sans compression.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file without a picture; choose the one with the image, or copy it again.</source>
   <translation>« {0} » est un fichier DICOM sans image ; choisissez celui qui contient l’image, ou copiez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="tiff_kinds.py" />
   <source>“{0}” is a TIFF of a kind that is not read ({1}); save it again as a plain RGB TIFF or PNG with 8 or 16 bits per sample.</source>
   <translation>« {0} » est un TIFF d’un type qui n’est pas lu ({1}) ; enregistrez-le à nouveau en TIFF RVB simple ou en PNG avec 8 ou 16 bits par échantillon.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is a date, perhaps made by a spreadsheet; format the column as text and save the list again.</source>
   <translation>« {0} » est une date, peut-être faite par un tableur ; mettez la colonne au format texte et enregistrez de nouveau la liste.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a file of PyTorch, which can run code and is not opened; type torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') in the notebook that made it, and import that.</source>
   <translation>« {0} » est un fichier PyTorch, qui peut exécuter du code et n'est pas ouvert ; tapez torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') dans le notebook qui l'a créé et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder without a saved_model.pb; choose a model's file, or an exported folder.</source>
   <translation>« {0} » est un dossier sans saved_model.pb ; choisissez le fichier d’un modèle ou un dossier exporté.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is a folder; choose another name.</source>
   <translation>« {0} » est un dossier ; choisissez un autre nom.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder; choose the file “{1}” in it.</source>
   <translation>« {0} » est un dossier ; choisissez le fichier « {1} » qu'il contient.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is a folder; open it as a folder, or choose an image in it.</source>
   <translation>« {0} » est un dossier ; ouvrez-le comme dossier ou choisissez une image dedans.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” is a list of other videos, not a video; choose the video file itself.</source>
   <translation>« {0} » est une liste d’autres vidéos, pas une vidéo ; choisissez le fichier vidéo lui-même.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a pickle, which can run code and is not opened; type model.save('name.keras') in the notebook that made it, and import that.</source>
   <translation>« {0} » est un pickle, qui peut exécuter du code et n'est pas ouvert ; tapez model.save('name.keras') dans le notebook qui l'a créé et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a slide in DICOM tiles, which is not one image; export its fields as PNG or TIFF.</source>
   <translation>« {0} » est une lame en tuiles DICOM et non une seule image ; exportez ses champs en PNG ou TIFF.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is a slide; open it alone, and take the region of it that you need.</source>
   <translation>« {0} » est une lame ; ouvrez-la seule et prenez la zone dont vous avez besoin.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a text file, not an image; choose a {1} image.</source>
   <translation>« {0} » est un fichier texte, pas une image ; choisissez une image {1}.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is a {1} file of a kind that is not read ({2}); export its images as TIFF or PNG from the program it comes from.</source>
   <translation>« {0} » est un fichier {1} d’un type qui n’est pas lu ({2}) ; exportez ses images en TIFF ou PNG depuis le programme dont il provient.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a {1} file, which is not read; export its images as {2}.</source>
   <translation>« {0} » est un fichier {1}, qui n’est pas lu ; exportez ses images en {2}.</translation>
  </message>
  <message>
   <location filename="codestreams.py" />
   <source>“{0}” is a {1}, which is not read; save it again as PNG or TIFF with 8 or 16 bits.</source>
   <translation>« {0} » est une image qui n’est pas lue ({1}) ; enregistrez-la de nouveau en PNG ou TIFF de 8 ou 16 bits.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is an animation; save one still image of it.</source>
   <translation>« {0} » est une animation ; enregistrez-en une image fixe.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive with “{1}” in it; unpack it, and import that file.</source>
   <translation>« {0} » est une archive qui contient « {1} » ; décompressez-la et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive, but no Keras model; save the model with model.save('name.keras'), and import that.</source>
   <translation>« {0} » est une archive, mais pas un modèle Keras ; enregistrez le modèle avec model.save('name.keras'), et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is an error of a spreadsheet, not a number.</source>
   <translation>« {0} » est une erreur d’un tableur, pas un numéro.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is compressed in a way that is not read; export it from its scanner as SVS or OME-TIFF.</source>
   <translation>« {0} » est compressé d’une manière qui n’est pas lue ; exportez-le de son scanner en SVS ou OME-TIFF.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” is damaged or incomplete.</source>
   <translation>« {0} » est endommagé ou incomplet.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the microscope or camera.</source>
   <translation>« {0} » est endommagé ou incomplet ; copiez-le de nouveau du microscope ou de la caméra.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the scanner, with all files beside it.</source>
   <translation>« {0} » est endommagé ou incomplet ; copiez-le à nouveau depuis le scanner, avec tous les fichiers qui l’accompagnent.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” is damaged, its pages point at each other in a circle; copy it again from the microscope.</source>
   <translation>« {0} » est endommagé, ses pages renvoient en cercle les unes aux autres ; copiez-le de nouveau depuis le microscope.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” is empty on {1} of {2} cells: there it shows nothing for the answer.</source>
   <translation>« {0} » est vide sur {1} cellules sur {2} : elle n’y montre rien pour la réponse.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is empty; copy it again from the microscope or camera.</source>
   <translation>« {0} » est vide ; copiez-le de nouveau du microscope ou de la caméra.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” is empty; send it again.</source>
   <translation>« {0} » est vide ; envoyez-le de nouveau.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is locked with a password; save the model without one.</source>
   <translation>« {0} » est verrouillé par un mot de passe ; enregistrez le modèle sans mot de passe.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” is no class of cells; {1}, CLASS being one of {2}.</source>
   <translation>« {0} » n’est pas une classe de cellules ; {1}, CLASS étant l’un de {2}.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>“{0}” is no class that this program knows; name each of the model's classes healthy, leukemic or other, or one of {1}.</source>
   <translation>« {0} » n’est pas une classe que ce programme connaît ; nommez chaque classe du modèle healthy, leukemic ou other, ou l’une de {1}.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is no longer the slide that it was; open it again.</source>
   <translation>« {0} » n’est plus la lame qu’elle était ; rouvrez-la.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is no model that this program packed; ask for it again.</source>
   <translation>« {0} » n’est pas un modèle emballé par ce programme ; redemandez-le.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is no model; save the model with model.save('name.keras'), and import that.</source>
   <translation>« {0} » n’est pas un modèle ; enregistrez le modèle avec model.save('name.keras'), et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is no token file; choose another.</source>
   <translation>« {0} » n’est pas un fichier de jeton ; choisissez-en un autre.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is not a file; choose an image file.</source>
   <translation>« {0} » n’est pas un fichier ; choisissez un fichier d’image.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is not a slide that this program can open in parts; open it as an image.</source>
   <translation>« {0} » n’est pas une lame que ce programme peut ouvrir par parties ; ouvrez-la comme image.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is not an image this program knows; save it as {1}.</source>
   <translation>« {0} » n’est pas une image que ce programme connaît ; enregistrez-la en {1}.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” is not plugged in; check its cable.</source>
   <translation>« {0} » n’est pas branchée ; vérifiez son câble.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is not stored in tiles, so that no part of it can be read alone; save it as a tiled TIFF.</source>
   <translation>« {0} » n’est pas enregistré en tuiles, aucune partie ne peut donc être lue seule ; enregistrez-le en TIFF tuilé.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” is not there, or holds no end of an audit trail; choose another file.</source>
   <translation>« {0} » est absent ou ne contient pas de fin d’un journal d’audit ; choisissez un autre fichier.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is part of a saved state of training (.ckpt), which holds weights but no network; load it in the notebook with model.load_weights, type model.save('name.keras'), and import that.</source>
   <translation>« {0} » fait partie d'un état d'entraînement enregistré (.ckpt), qui contient des poids mais aucun réseau ; chargez-le dans le notebook avec model.load_weights, tapez model.save('name.keras') et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>“{0}” is put together in a way that this program cannot follow; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » est assemblé d’une manière que ce programme ne peut suivre. Tapez model.export('folder') dans le notebook qui l’a créé, puis importez ce dossier.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is spread over several graphics cards (multi_gpu_model); type model.get_layer('{1}').save('name.h5') in the notebook that made it, and import that.</source>
   <translation>« {0} » est réparti sur plusieurs cartes graphiques (multi_gpu_model) ; tapez model.get_layer('{1}').save('name.h5') dans le notebook qui l'a créé et importez ce fichier.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is the list of a DICOM disk; open the folder that it lies in.</source>
   <translation>« {0} » est l’index d’un support DICOM ; ouvrez le dossier qui le contient.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and cannot be read; move it away or choose another name.</source>
   <translation>« {0} » existe déjà et ne peut pas être lu ; déplacez-le ou choisissez un autre nom.</translation>
  </message>
  <message>
   <location filename="backup.py" />
   <source>“{0}” is there already and is no backup; choose another name.</source>
   <translation>« {0} » existe déjà et n’est pas une sauvegarde ; choisissez un autre nom.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and is not of this case; move it away or choose another name.</source>
   <translation>« {0} » existe déjà et n’est pas de ce cas ; déplacez-le ou choisissez un autre nom.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is there already; choose another name for the token.</source>
   <translation>« {0} » existe déjà ; choisissez un autre nom pour le jeton.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is there already; choose another name.</source>
   <translation>« {0} » existe déjà ; choisissez un autre nom.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; choose an image file.</source>
   <translation>« {0} » est trop grand pour être une image ; choisissez un fichier d’image.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; if it is a slide, open it alone.</source>
   <translation>« {0} » est trop grand pour être une image ; si c’est une lame, ouvrez-la seule.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” is written as a class of its own ({1}), which is code; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » est écrit comme une classe à part ({1}), donc du code. Tapez model.export('folder') dans le notebook qui l’a créé, puis importez ce dossier.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” judges no images; there is nothing to take back.</source>
   <translation>« {0} » ne juge aucune image ; il n'y a rien à reprendre.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” keeps its weights in another file; save it as one file, with onnx.save(model, 'name.onnx').</source>
   <translation>« {0} » garde ses poids dans un autre fichier ; enregistrez-le en un seul fichier, avec onnx.save(model, « name.onnx »).</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” lies in no folder of a patient; {1}.</source>
   <translation>« {0} » ne se trouve dans aucun dossier de patient ; {1}.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” lies without its folder “variables”, which holds its weights; copy the whole folder that was exported, and import that.</source>
   <translation>« {0} » est sans son dossier « variables », qui contient ses poids ; copiez tout le dossier exporté et importez-le.</translation>
  </message>
  <message>
   <location filename="openslide_file.py" />
   <source>“{0}” lies without the folder “{1}” that holds its pictures; copy both together.</source>
   <translation>« {0} » se trouve sans le dossier « {1} » qui contient ses images ; copiez les deux ensemble.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” links to another file; it is refused.</source>
   <translation>« {0} » renvoie à un autre fichier ; il est refusé.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” looks the same with shuffled weights (correlation {1}): it does not show the model.</source>
   <translation>« {0} » reste la même avec des poids mélangés (corrélation {1}) : elle ne montre pas le modèle.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” makes the program that opens images fail; copy it again, or save it in another format.</source>
   <translation>« {0} » fait échouer le programme qui ouvre les images ; copiez-le à nouveau ou enregistrez-le dans un autre format.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask its owner for permission.</source>
   <translation>« {0} » ne peut pas être lu ; demandez l’autorisation à son propriétaire.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask the owner of the file for permission.</source>
   <translation>« {0} » ne peut pas être lu ; demandez l’autorisation au propriétaire du fichier.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” may not be whole; check the disk and record again.</source>
   <translation>« {0} » n’est peut-être pas entier ; vérifiez le disque et enregistrez à nouveau.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” names no camera; choose another configuration.</source>
   <translation>« {0} » ne nomme aucune caméra ; choisissez une autre configuration.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” needs more memory than a model of its size may take; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » demande plus de mémoire qu’un modèle de sa taille ne peut en prendre. Tapez model.export('folder') dans le notebook qui l’a créé, puis importez ce dossier.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” says neither what it takes nor what it gives; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » ne dit ni ce qu’il prend ni ce qu’il donne ; tapez model.export('folder') dans le notebook qui l’a créé, et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable.</source>
   <translation>« {0} » n’envoie plus d’images ; vérifiez son câble.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable. It is tried again by itself.</source>
   <translation>« {0} » n’envoie plus d’images ; vérifiez son câble. Un nouvel essai se fait tout seul.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” sends no pictures any more; check its plug. It is tried again by itself.</source>
   <translation>« {0} » n’envoie plus d’images ; vérifiez sa prise. Un nouvel essai se fait tout seul.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest is read and counted once, {1} others are left out.</source>
   <translation>« {0} » montre des champs à plusieurs profondeurs de mise au point ou à plusieurs moments : l’image la plus nette est lue et comptée une fois, {1} autres sont laissées de côté.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest of each place is shown.</source>
   <translation>« {0} » montre des champs à plusieurs plans de mise au point ou instants : le plus net en chaque point est affiché.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” shows only the label or the overview of a slide; choose an image of its cells.</source>
   <translation>« {0} » ne montre que l’étiquette ou la vue d’ensemble d’une lame ; choisissez une image de ses cellules.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” shows who the patient is in its picture; export it without annotations.</source>
   <translation>« {0} » montre dans l’image qui est le patient ; exportez-la sans annotations.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>“{0}” signs in at the hospital’s directory by this name already.</source>
   <translation>« {0} » se connecte déjà à l’annuaire de l’hôpital sous ce nom.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes an input of {1}; one picture of height × width × 3 (color) or 1 (gray) is needed. Rebuild it for such pictures, with the channels last.</source>
   <translation>« {0} » prend une entrée de {1} ; il faut une image de hauteur × largeur × 3 (couleur) ou 1 (gris). Reconstruisez-le pour de telles images, avec les canaux en dernier.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes more memory than an image of its size may; save it again in another format.</source>
   <translation>« {0} » demande plus de mémoire qu’une image de sa taille n’en a le droit ; enregistrez-le dans un autre format.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” takes or gives whole numbers of 8 bits, whose scale is not known here; convert it again without inference_input_type and inference_output_type, or import the Keras model that it was made of.</source>
   <translation>« {0} » reçoit ou donne des entiers de 8 bits dont l'échelle n'est pas connue ici ; convertissez-le à nouveau sans inference_input_type ni inference_output_type, ou importez le modèle Keras dont il provient.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes pictures of any size; one size is needed. Rebuild it with a fixed one, for example 224 x 224.</source>
   <translation>« {0} » prend des images de toute taille ; il en faut une seule. Reconstruisez-le avec une taille fixe, par exemple 224 x 224.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” takes too long to be looked into; close other programs, then try again.</source>
   <translation>L’examen de « {0} » prend trop de temps ; fermez d’autres programmes, puis réessayez.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes too long to open; save it again in the program it comes from.</source>
   <translation>« {0} » met trop de temps à s’ouvrir ; enregistrez-le à nouveau dans le programme dont il provient.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” takes weights from another file; it is refused.</source>
   <translation>« {0} » prend des poids d’un autre fichier ; il est refusé.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes {1} inputs; one picture is needed. Rebuild it so that everything it needs comes from one picture.</source>
   <translation>« {0} » prend {1} entrées ; il faut une seule image. Reconstruisez-le pour que tout ce dont il a besoin vienne d’une image.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” tells {1} classes apart, and {2} were named; name what each of its figures means, in their order, for example healthy,leukemic,other.</source>
   <translation>« {0} » distingue {1} classes, et {2} ont été nommées ; nommez dans l’ordre ce que signifie chacune de ses valeurs, par exemple healthy,leukemic,other.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” unpacks to far more than its size; it is refused.</source>
   <translation>« {0} » se décompresse en bien plus que sa taille ; il est refusé.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” uses “{1}”, which this program does not know; type {2} in the notebook that made it, and import that folder.</source>
   <translation>« {0} » utilise « {1} », que ce programme ne connaît pas ; tapez {2} dans le notebook qui l'a créé et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was damaged or changed after it was packed; ask for it again.</source>
   <translation>« {0} » a été endommagé ou modifié après avoir été emballé ; redemandez-le.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” was made smaller by model.quantize(); import the model as model.save() kept it before, or, for int8 and int4, type model.export('folder') and import that folder.</source>
   <translation>« {0} » a été réduit par model.quantize() ; importez le modèle tel que model.save() l'a enregistré auparavant ou, pour int8 et int4, tapez model.export('folder') et importez ce dossier.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was packed by an installation with the key {1}. Ask its people for their key, and give it with --key only if it is the same.</source>
   <translation>« {0} » a été emballé par une installation dont la clé est {1}. Demandez leur clé à ses utilisateurs, et ne la donnez avec --key que si c’est la même.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” was rounded by a spreadsheet; format the column as text and save the list again.</source>
   <translation>« {0} » a été arrondi par un tableur ; mettez la colonne au format texte et enregistrez de nouveau la liste.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” was saved by Keras {1} and cannot be rebuilt; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>« {0} » a été enregistré par Keras {1} et ne peut être reconstruit. Tapez model.export('folder') dans le notebook qui l’a créé, puis importez ce dossier.</translation>
  </message>
 </context>
 <context>
  <name>Session</name>
  <message>
   <location filename="session.py" />
   <source>Amend…</source>
   <translation>Amender…</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>Another case is being opened; wait until it is there.</source>
   <translation>Un autre cas est en cours d’ouverture ; attendez qu’il soit là.</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Ce cas est signé ; amendez-le avec un motif pour le modifier.</translation>
  </message>
 </context>
 <context>
  <name>SettingGroups</name>
  <message>
   <location filename="groups.py" />
   <source>No setting has these words; try fewer or others.</source>
   <translation>Aucun réglage ne contient ces mots ; essayer avec moins de mots ou d’autres.</translation>
  </message>
  <message>
   <location filename="groups.py" />
   <source>Search settings</source>
   <translation>Rechercher un réglage</translation>
  </message>
 </context>
 <context>
  <name>SettingsPage</name>
  <message>
   <location filename="page.py" />
   <source>A daily copy goes there, with all images; it is encrypted where the cases are.</source>
   <translation>Une copie y va chaque jour, avec toutes les images ; elle est chiffrée si les cas le sont.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Address</source>
   <translation>Adresse</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>As the system</source>
   <translation>Comme le système</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Backup, check and restore</source>
   <translation>Sauvegarder, vérifier, restaurer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Block signing</source>
   <translation>Bloquer la signature</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and backups</source>
   <translation>Cas et sauvegardes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and models</source>
   <translation>Cas et modèles</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose folder…</source>
   <translation>Choisir un dossier…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose picture…</source>
   <translation>Choisir une image…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cividis</source>
   <translation>Cividis</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Colors of maps</source>
   <translation>Couleurs des cartes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Control run each day</source>
   <translation>Mesure de contrôle chaque jour</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM archive</source>
   <translation>Archive DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM worklist</source>
   <translation>Liste de travail DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Contrôle quotidien</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Dark</source>
   <translation>Sombre</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Empty keeps cases on this computer. A change counts from the next start.</source>
   <translation>Vide : les cas restent sur cet ordinateur. Un changement vaut au prochain démarrage.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Encryption on this computer’s disk</source>
   <translation>Chiffrement sur le disque de cet ordinateur</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>FHIR server</source>
   <translation>Serveur FHIR</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Folder on a drive or share; may be empty</source>
   <translation>Dossier sur un disque ou un partage ; peut rester vide</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Help</source>
   <translation>Aide</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system (HL7)</source>
   <translation>Système de l’hôpital (HL7)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system and DICOM archive</source>
   <translation>Système de l’hôpital et archive DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Its name in messages</source>
   <translation>Son nom dans les messages</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Keys that name the class of a cell</source>
   <translation>Touches qui nomment la classe d’une cellule</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laboratory</source>
   <translation>Laboratoire</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Language</source>
   <translation>Langue</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Light</source>
   <translation>Clair</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the DICOM archive</source>
   <translation>Liaison avec l’archive DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the hospital’s system</source>
   <translation>Liaison avec le système de l’hôpital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the shared database</source>
   <translation>Liaison avec la base de données partagée</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Log, without patient data</source>
   <translation>Journal, sans données de patients</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Logo</source>
   <translation>Logo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look</source>
   <translation>Apparence</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look and keys</source>
   <translation>Apparence et touches</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Microscope</source>
   <translation>Microscope</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name of the laboratory</source>
   <translation>Nom du laboratoire</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Not asked for</source>
   <translation>Non demandée</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing</source>
   <translation>Rien</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Objective in use</source>
   <translation>Objectif utilisé</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Of several depths of focus</source>
   <translation>Pour plusieurs plans de mise au point</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that come by themselves</source>
   <translation>Demandes qui arrivent d’elles-mêmes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Other systems</source>
   <translation>Autres systèmes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Our certificate and key</source>
   <translation>Notre certificat et sa clé</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: none</source>
   <translation>PEM ; vide : aucun</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM ; vide : ceux de cet ordinateur</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Paper</source>
   <translation>Papier</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personnes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People and signatures</source>
   <translation>Personnes et signatures</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Report</source>
   <translation>Rapport</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Second place for backups</source>
   <translation>Second emplacement des sauvegardes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Settings</source>
   <translation>Réglages</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Shared database</source>
   <translation>Base de données partagée</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest depth</source>
   <translation>Plan le plus net</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest of each place</source>
   <translation>Le plus net en chaque point</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sign-in by the hospital’s directory</source>
   <translation>Connexion par l’annuaire de l’hôpital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands below the name; a comma begins a line</source>
   <translation>Figure sous le nom ; une virgule commence une ligne</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on every report</source>
   <translation>Figure sur chaque rapport</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on new cases and on your labels</source>
   <translation>Figure sur les nouveaux cas et sur vos étiquettes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Storage commitment (DICOM)</source>
   <translation>Engagement de stockage (DICOM)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>System</source>
   <translation>Système</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Theme</source>
   <translation>Thème</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This workstation’s DICOM title</source>
   <translation>Titre DICOM de ce poste</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Timestamps of the audit trail</source>
   <translation>Horodatage du journal d’audit</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Trusted certificates</source>
   <translation>Certificats de confiance</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Wanted before signing</source>
   <translation>Demandée avant de signer</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Warn</source>
   <translation>Avertir</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>When a rule is broken</source>
   <translation>Quand une règle est enfreinte</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Where things are kept</source>
   <translation>Où les choses sont conservées</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Your name</source>
   <translation>Votre nom</translation>
  </message>
 </context>
 <context>
  <name>ShapeTable</name>
  <message>
   <location filename="shape_table.py" />
   <source>All figures</source>
   <translation>Toutes les mesures</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Fewer figures</source>
   <translation>Moins de mesures</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>No figures of shape were measured on this cell; judge it again to measure them.</source>
   <translation>Aucune forme n’a été mesurée sur cette cellule ; jugez-la de nouveau pour la mesurer.</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Read off the cell by the differential model</source>
   <translation>Lu sur la cellule par le modèle de formule</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>The band of each bar is where 90 % of the healthy lymphocytes of the training cells lie.</source>
   <translation>La bande de chaque barre contient 90 % des lymphocytes sains des cellules d’apprentissage.</translation>
  </message>
 </context>
 <context>
  <name>Sheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
 </context>
 <context>
  <name>ShownImage</name>
  <message>
   <location filename="shown_image.py" />
   <source>It could not be read.</source>
   <translation>Elle n’a pas pu être lue.</translation>
  </message>
  <message>
   <location filename="shown_image.py" />
   <source>This image cannot be shown</source>
   <translation>Cette image ne peut être affichée</translation>
  </message>
 </context>
 <context>
  <name>SideBySideController</name>
  <message>
   <location filename="side_by_side.py" />
   <source>A click in the strip below chooses the image on the right.</source>
   <translation>Un clic dans la bande en dessous choisit l’image de droite.</translation>
  </message>
  <message>
   <location filename="side_by_side.py" />
   <source>Image {0} of {1}: {2}</source>
   <translation>Image {0} sur {1} : {2}</translation>
  </message>
 </context>
 <context>
  <name>SignInSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign in</source>
   <translation>Se connecter</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>This workstation is locked; work goes on behind it.</source>
   <translation>Ce poste est verrouillé ; le travail continue derrière.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Votre nom</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Votre mot de passe</translation>
  </message>
 </context>
 <context>
  <name>SignSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reviewed and released</source>
   <translation>Relu et validé</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign</source>
   <translation>Signer</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign the case</source>
   <translation>Signer le cas</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The report is kept as you sign it, and the case is read-only from then on.</source>
   <translation>Le rapport est conservé tel que vous le signez, et le cas est ensuite en lecture seule.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>What your signature means</source>
   <translation>Ce que signifie votre signature</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Votre nom</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Votre mot de passe</translation>
  </message>
 </context>
 <context>
  <name>SigningController</name>
  <message>
   <location filename="signing.py" />
   <source>Case {0} is no longer the one that is open, so nothing was signed or amended.</source>
   <translation>Le cas {0} n’est plus celui qui est ouvert : rien n’a été signé ni modifié.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show daily control</source>
   <translation>Afficher le contrôle quotidien</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show the cell</source>
   <translation>Montrer la cellule</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Sign nevertheless</source>
   <translation>Signer quand même</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case can be changed again.</source>
   <translation>Le cas peut de nouveau être modifié.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is reviewed.</source>
   <translation>Le cas est relu.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is signed; the report is kept as it is.</source>
   <translation>Le cas est signé ; le rapport est conservé tel quel.</translation>
  </message>
 </context>
 <context>
  <name>SimilarController</name>
  <message>
   <location filename="similar_cells.py" />
   <source>It is no example any longer.</source>
   <translation>Ce n’est plus un exemple.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Kept as an example of: {0}. All are on the page Quality.</source>
   <translation>Gardée comme exemple de : {0}. Tous sont à la page Qualité.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Undo</source>
   <translation>Annuler</translation>
  </message>
 </context>
 <context>
  <name>SimilarSheet</name>
  <message>
   <location filename="similar_sheet.py" />
   <source>Compared with {0} decided cells of reviewed and signed cases; 0 is the same, 1 has nothing alike.</source>
   <translation>Comparée à {0} cellules décidées de cas relus et signés ; 0 est identique, 1 n’a rien de commun.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Distance {0}</source>
   <translation>Distance {0}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>In view</source>
   <translation>En vue</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Keep as example</source>
   <translation>Garder comme exemple</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Looking for similar cells</source>
   <translation>Recherche de cellules semblables</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Nearest of the cells that people decided</source>
   <translation>Les plus proches des cellules décidées par des personnes</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Read the others too</source>
   <translation>Lire aussi les autres</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Reading decided cells: {0} of {1}</source>
   <translation>Lecture des cellules décidées : {0} sur {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Say first what this cell is</source>
   <translation>Dites d’abord ce qu’est cette cellule</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Similar cells</source>
   <translation>Cellules semblables</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped. What was read until now is compared with.</source>
   <translation>Arrêté. La comparaison porte sur ce qui a été lu jusqu’ici.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped: the cell was not compared. Press S again to go on.</source>
   <translation>Arrêté : la cellule n’a pas été comparée. Appuyer de nouveau sur S pour continuer.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>The index of decided cells is being built: {0} of {1}</source>
   <translation>L’index des cellules décidées est en construction : {0} sur {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>There is no cell to compare with yet: name cells in a case, and mark the case as reviewed.</source>
   <translation>Il n’y a pas encore de cellule à comparer : nommez des cellules dans un cas, et marquez le cas comme relu.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>a person</source>
   <translation>une personne</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>{0} more have not been read yet.</source>
   <translation>{0} autres n’ont pas encore été lues.</translation>
  </message>
 </context>
 <context>
  <name>SiteProfileController</name>
  <message>
   <location filename="site_profiles.py" />
   <source>Save the profile</source>
   <translation>Enregistrer le profil</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Saved as “{0}”.</source>
   <translation>Enregistré sous « {0} ».</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Site profiles ({0})</source>
   <translation>Profils du laboratoire ({0})</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Take a profile from a file</source>
   <translation>Prendre un profil dans un fichier</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>The shipped models speak again.</source>
   <translation>Les modèles livrés s’expriment à nouveau.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks again.</source>
   <translation>{0} s’exprime à nouveau.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks from the next image on.</source>
   <translation>{0} s’exprime à partir de la prochaine image.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} was taken. It speaks once it is activated.</source>
   <translation>{0} a été pris. Il s’exprime une fois activé.</translation>
  </message>
 </context>
 <context>
  <name>SlideController</name>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in the marked region.</source>
   <translation>Les cellules sont séparées dans la zone marquée.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in {0} regions. The best is chosen; click another to choose that one.</source>
   <translation>Les cellules sont séparées dans {0} zones. La meilleure est choisie ; cliquez sur une autre pour la choisir.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looked at {0} of {1} places</source>
   <translation>{0} emplacements sur {1} examinés</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for the cells of the region …</source>
   <translation>Recherche des cellules de la zone…</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for where cells lie apart …</source>
   <translation>Recherche des zones où les cellules sont séparées…</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>No white cells in this region that the case does not have; choose another one.</source>
   <translation>Aucun leucocyte dans cette zone que le cas n’ait déjà ; choisissez-en une autre.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Stopped. What was taken until then is in the case.</source>
   <translation>Arrêté. Ce qui a été pris jusque-là est dans le cas.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} fields with {1} cells are in the case, and are judged.</source>
   <translation>{0} champs avec {1} cellules sont dans le cas et sont évalués.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} of {1} fields, {2} cells</source>
   <translation>{0} champs sur {1}, {2} cellules</translation>
  </message>
 </context>
 <context>
  <name>SlideSheet</name>
  <message>
   <location filename="sheet.py" />
   <source>Choose a region: draw it, take what is seen, or let the program find where cells lie apart.</source>
   <translation>Choisissez une zone : dessinez-la, prenez la partie visible, ou laissez le programme chercher où les cellules sont séparées.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Choose the part of the slide that is seen now (V)</source>
   <translation>Choisir la partie de la lame visible actuellement (V)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Chosen: {0}</source>
   <translation>Choisi : {0}</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a rectangle with the mouse (R, or Shift and drag)</source>
   <translation>Dessiner un rectangle à la souris (R, ou Maj et glisser)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a region</source>
   <translation>Dessiner une zone</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the cells of the region, and judge them in the case (Enter)</source>
   <translation>Trouver les cellules de la zone et les évaluer dans le cas (Entrée)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the monolayer</source>
   <translation>Chercher la monocouche</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Look for regions where cells lie apart, neither heaped nor missing (M)</source>
   <translation>Chercher des zones où les cellules sont séparées, ni entassées ni absentes (M)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Show the whole slide (0)</source>
   <translation>Afficher la lame entière (0)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Slide</source>
   <translation>Lame</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Take region</source>
   <translation>Prendre la zone</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>The slide is being opened …</source>
   <translation>Ouverture de la lame…</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>This slide does not state its scale: choose its objective under Settings, then open it again.</source>
   <translation>Cette lame n’indique pas son échelle : choisissez son objectif dans les réglages, puis rouvrez-la.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>What is seen</source>
   <translation>Partie visible</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Whole slide</source>
   <translation>Lame entière</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>scale not known</source>
   <translation>échelle inconnue</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>{0} × {1} pixels</source>
   <translation>{0} × {1} pixels</translation>
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
   <translation>Lame</translation>
  </message>
  <message>
   <location filename="view.py" />
   <source>not calibrated</source>
   <translation>non étalonné</translation>
  </message>
 </context>
 <context>
  <name>StateChoice</name>
  <message>
   <location filename="state_choice.py" />
   <source>All states</source>
   <translation>Tous les états</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>Put away</source>
   <translation>Rangé</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>State</source>
   <translation>État</translation>
  </message>
 </context>
 <context>
  <name>StatedHeaderController</name>
  <message>
   <location filename="stated_headers.py" />
   <source>Another case is open now; nothing was written.</source>
   <translation>Un autre cas est ouvert maintenant ; rien n’a été inscrit.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Compare…</source>
   <translation>Comparer…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Take over…</source>
   <translation>Reprendre…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” names another patient than this case.</source>
   <translation>« {0} » nomme un autre patient que ce cas.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” says who the patient is.</source>
   <translation>« {0} » indique qui est le patient.</translation>
  </message>
 </context>
 <context>
  <name>StatedScaleController</name>
  <message>
   <location filename="stated_scales.py" />
   <source>The image says that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>L’image indique un pixel de {1} µm ; avec « {2} », l’objectif utilisé, il est de {3} µm.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>The images are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Les images sont jugées de nouveau à l’échelle de « {0} » ; vos étiquettes restent.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>Use “{0}”</source>
   <translation>Utiliser « {0} »</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>{0} images say that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>{0} images indiquent un pixel de {1} µm ; avec « {2} », l’objectif utilisé, il est de {3} µm.</translation>
  </message>
 </context>
 <context>
  <name>StatedSheet</name>
  <message>
   <location filename="stated_sheet.py" />
   <source>Case number</source>
   <translation>Numéro du cas</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Date of birth</source>
   <translation>Date de naissance</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the case</source>
   <translation>Dans le cas</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the file</source>
   <translation>Dans le fichier</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient</source>
   <translation>Patient</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient number</source>
   <translation>Numéro de patient</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Sex</source>
   <translation>Sexe</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>The file names another patient than the case. Check whose blood the image shows.</source>
   <translation>Le fichier nomme un autre patient que le cas. Vérifiez de qui provient le sang sur l’image.</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>female</source>
   <translation>féminin</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>male</source>
   <translation>masculin</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>other</source>
   <translation>autre</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>unknown</source>
   <translation>inconnu</translation>
  </message>
 </context>
 <context>
  <name>StatusLine</name>
  <message>
   <location filename="status_line.py" />
   <source>, {0} failed</source>
   <translation>, {0} en échec</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>, {0} still to be read</source>
   <translation>, {0} encore à lire</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to lock the screen, so that another person can sign in</source>
   <translation>Cliquer pour verrouiller l’écran, afin qu’une autre personne puisse se connecter</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to see the chart</source>
   <translation>Cliquez pour voir la carte</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Site profile: {0}</source>
   <translation>Profil du laboratoire : {0}</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>So many cells were corrected since the last teaching: page Quality</source>
   <translation>Autant de cellules ont été corrigées depuis le dernier apprentissage : page Qualité</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Teach anew: {0} corrections</source>
   <translation>Apprendre à nouveau : {0} corrections</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>This name stands beside what is decided here until midnight. Click to change it</source>
   <translation>Ce nom figure jusqu’à minuit à côté de ce qui est décidé ici. Cliquer pour le changer</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Who works here?</source>
   <translation>Qui travaille ici ?</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>a few seconds left</source>
   <translation>encore quelques secondes</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} h left</source>
   <translation>encore {0} h environ</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} min left</source>
   <translation>encore {0} min environ</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} s left</source>
   <translation>encore {0} s environ</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>{0} of {1} images</source>
   <translation>{0} images sur {1}</translation>
  </message>
 </context>
 <context>
  <name>TeachCard</name>
  <message>
   <location filename="teach_card.py" />
   <source>Cells</source>
   <translation>Cellules</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name of the profile</source>
   <translation>Nom du profil</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>None yet: choose cells first.</source>
   <translation>Aucune : choisissez d’abord des cellules.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Sign it with the key of this installation</source>
   <translation>Le signer avec la clé de cette installation</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Start teaching</source>
   <translation>Commencer l’apprentissage</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Teach the models your microscope</source>
   <translation>Apprendre votre microscope aux modèles</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>The networks stay as they are; what they conclude is learned anew from your cells. It is proven by leaving patients out and takes about a minute for 200 cells. Nothing changes until an administrator lets it speak.</source>
   <translation>Les réseaux restent tels quels ; ce qu’ils concluent est réappris à partir de vos cellules. C’est prouvé en laissant des patients de côté et dure environ une minute pour 200 cellules. Rien ne change tant qu’un administrateur ne l’active pas.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Wanted accuracy of decided cells</source>
   <translation>Exactitude voulue des cellules décidées</translation>
  </message>
 </context>
 <context>
  <name>TeachingController</name>
  <message>
   <location filename="teaching.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Des cellules sont déjà en cours de lecture ou d’apprentissage ; attendez, ou arrêtez d’abord.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Drop one folder whose images are sorted as CLASS/PATIENT/image; nothing was read.</source>
   <translation>Déposez un dossier dont les images sont rangées en CLASSE/PATIENT/image ; rien n’a été lu.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Folder of labeled cells: CLASS/PATIENT/image</source>
   <translation>Dossier de cellules étiquetées : CLASSE/PATIENT/image</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Reading the cells</source>
   <translation>Lecture des cellules</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped. The look may have been counted already.</source>
   <translation>Arrêté. La consultation est peut-être déjà comptée.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: no cells were taken.</source>
   <translation>Arrêté : aucune cellule n’a été prise.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: nothing was kept, and nothing has changed.</source>
   <translation>Arrêté : rien n’a été conservé, rien n’a changé.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases</source>
   <translation>les cas relus</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases, taken with {0}</source>
   <translation>les cas relus, pris avec {0}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} cellules de {1} patients dans {2}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>“{0}”</source>
   <translation>« {0} »</translation>
  </message>
 </context>
 <context>
  <name>TileSize</name>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells</source>
   <translation>Taille des cellules</translation>
  </message>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells (Ctrl and the wheel over them)</source>
   <translation>Taille des cellules (Ctrl et la molette au-dessus)</translation>
  </message>
 </context>
 <context>
  <name>TimestampController</name>
  <message>
   <location filename="stamping.py" />
   <source>Certificates of the timestamp authority</source>
   <translation>Certificats de l’autorité d’horodatage</translation>
  </message>
  <message>
   <location filename="stamping.py" />
   <source>It answers: stamped on {0} by {1}.</source>
   <translation>Elle répond : horodaté le {0} par {1}.</translation>
  </message>
 </context>
 <context>
  <name>TimestampPanel</name>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Asking the authority…</source>
   <translation>L’autorité est interrogée…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Choose file…</source>
   <translation>Choisir un fichier…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Each day the end of the audit trail is stamped there. Only a hash of it leaves this computer.</source>
   <translation>Chaque jour, la fin du journal d’audit y est horodatée. Seule une empreinte quitte cet ordinateur.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Its certificates</source>
   <translation>Ses certificats</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Off: nobody else says when the audit trail was as it is.</source>
   <translation>Désactivé : personne d’autre n’atteste quand le journal d’audit était ainsi.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>PEM file of the authority</source>
   <translation>Fichier PEM de l’autorité</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Timestamp authority</source>
   <translation>Autorité d’horodatage</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Try it</source>
   <translation>Essayer</translation>
  </message>
 </context>
 <context>
  <name>Tour</name>
  <message>
   <location filename="tour_steps.py" />
   <source>A name, opinions, and why</source>
   <translation>Un nom, des avis, et pourquoi</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>All cells at a glance</source>
   <translation>Toutes les cellules d’un coup d’œil</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Done</source>
   <translation>Terminé</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Leave the tour</source>
   <translation>Quitter la visite</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Look at the cell and say what it is: press one of these buttons, or its key. Nothing can break here: Backspace takes your label back.</source>
   <translation>Regardez la cellule et dites ce qu’elle est : avec l’un de ces boutons ou sa touche. Rien ne peut se casser ici : Retour arrière reprend votre étiquette.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Next</source>
   <translation>Suivant</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>See the case as it prints, and export it as PDF with Ctrl+E. Everything is saved as you work.</source>
   <translation>Voyez le cas tel qu’il s’imprime et exportez-le en PDF avec Ctrl+E. Tout est enregistré pendant que vous travaillez.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Skip</source>
   <translation>Passer</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>That was it: your label counts from now on, and what the program said stays beside it, as its own.</source>
   <translation>C’est fait : votre étiquette compte désormais, et ce que le programme a dit reste à côté, comme sien.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The models</source>
   <translation>Les modèles</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The picture</source>
   <translation>L’image</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The program first says what a cell is. Whether a mononuclear cell is leukemic is asked of two networks and of its figures of shape, each on its own. The key M shows what an opinion rests on, period and comma go to the next map. The amber band is where the program is unsure.</source>
   <translation>Le programme dit d’abord ce qu’est une cellule. Si une cellule mononucléée est leucémique, deux réseaux et ses mesures de forme le disent, chacun pour soi. La touche M montre sur quoi repose un avis, point et virgule passent à la carte suivante. Dans la bande ambre, le programme est incertain.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The report</source>
   <translation>Le rapport</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>This is the demo case, drawn by the program. Every white cell is found and boxed. Zoom with the wheel, drag to move, click a cell. Drop your own images anywhere.</source>
   <translation>Voici le cas de démonstration, dessiné par le programme. Chaque globule blanc est trouvé et encadré. Zoomez avec la molette, glissez pour déplacer, cliquez sur une cellule. Déposez vos images n’importe où.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Unsure cells wait for you. Walk with the arrows or Space; L, H and U set your label, the digits say what the cell is, as on a bench counter; Settings can give them other keys. Everything can be undone with Ctrl+Z.</source>
   <translation>Les cellules incertaines vous attendent. Avancez avec les flèches ou l’espace ; L, H et U posent votre étiquette, les chiffres disent ce qu’est la cellule, comme sur un compteur ; les réglages peuvent leur donner d’autres touches. Tout peut être annulé avec Ctrl+Z.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>What judges, how well, and on which cells that was measured. F1 shows all keys.</source>
   <translation>Ce qui juge, avec quelle justesse, et sur quelles cellules. F1 montre toutes les touches.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Your turn: name this cell</source>
   <translation>À vous : nommez cette cellule</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>{0} of {1}</source>
   <translation>{0} sur {1}</translation>
  </message>
 </context>
 <context>
  <name>TriedWays</name>
  <message>
   <location filename="tried_ways.py" />
   <source>95 % interval</source>
   <translation>Intervalle à 95 %</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Around the cell</source>
   <translation>Autour de la cellule</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Cell {0} as the network sees it</source>
   <translation>Cellule {0} telle que le réseau la voit</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Fed so, it does not tell leukemic from healthy cells. It can be imported, and judges only when you write down why.</source>
   <translation>Ainsi, il ne distingue pas les cellules leucémiques des saines. Il peut être importé, et ne juge que si vous écrivez pourquoi.</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Samples</source>
   <translation>Échantillons</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Three of the cells as the network sees them, fed so</source>
   <translation>Trois des cellules telles que le réseau les voit de cette manière</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Ways of feeding the model, the proposed one first</source>
   <translation>Manières de présenter les cellules au modèle, la proposée en premier</translation>
  </message>
 </context>
 <context>
  <name>Undo</name>
  <message>
   <location filename="undo.py" />
   <source>bring a cell back</source>
   <translation>remettre une cellule</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>bring case “{0}” back</source>
   <translation>rappeler le cas « {0} »</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>change a box</source>
   <translation>modifier un cadre</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>comment on a cell</source>
   <translation>commenter une cellule</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>count cells once</source>
   <translation>compter les cellules une seule fois</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>draw a cell</source>
   <translation>dessiner une cellule</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>judge again</source>
   <translation>juger de nouveau</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label {0} cells “{1}”</source>
   <translation>étiqueter {0} cellules « {1} »</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label “{0}”</source>
   <translation>étiquette « {0} »</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>merge cells</source>
   <translation>fusionner des cellules</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>put case “{0}” away</source>
   <translation>ranger le cas « {0} »</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove a cell</source>
   <translation>retirer une cellule</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>remove stopped images</source>
   <translation>retirer les images arrêtées</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove “{0}”</source>
   <translation>retirer « {0} »</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>scale of “{0}”</source>
   <translation>échelle de « {0} »</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>split a cell</source>
   <translation>diviser une cellule</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take a comment back</source>
   <translation>retirer un commentaire</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take label back</source>
   <translation>retirer l’étiquette</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take {0} labels back</source>
   <translation>reprendre {0} étiquettes</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>take “{0}”</source>
   <translation>prendre « {0} »</translation>
  </message>
 </context>
 <context>
  <name>VerdictPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>All {0} models agree.</source>
   <translation>Les {0} modèles sont d’accord.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Both models agree.</source>
   <translation>Les deux modèles sont d’accord.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Drawn by {0}.</source>
   <translation>Dessinée par {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Labeled by {0}.</source>
   <translation>Étiquetée par {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not a mononuclear cell: the leukemia models were not asked.</source>
   <translation>Pas une cellule mononucléée : les modèles de leucémie n’ont pas été consultés.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>One model was asked.</source>
   <translation>Un modèle a été consulté.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Probability of leukemic, all opinions combined</source>
   <translation>Probabilité de leucémique, tous les avis combinés</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Removed by {0}: it does not count. The Delete key brings it back.</source>
   <translation>Retirée par {0} : elle ne compte pas. La touche Suppr la remet.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The models lean to different sides.</source>
   <translation>Les modèles penchent de côtés différents.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The program was unsure: {0}</source>
   <translation>Le programme hésitait : {0}</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>a person</source>
   <translation>une personne</translation>
  </message>
 </context>
 <context>
  <name>Verdicts</name>
  <message>
   <location filename="verdicts.py" />
   <source>Healthy</source>
   <translation>Saine</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Leukemic</source>
   <translation>Leucémique</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Program: {0}.</source>
   <translation>Programme : {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>La cellule n’est ni clairement leucémique ni clairement saine.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>La cellule ne ressemble à rien de ce que le programme connaît.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>La cellule ne ressemble pas aux cellules mononucléées que les modèles de leucémie connaissent.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>La cellule ressemble à un précurseur ; une personne doit la nommer.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>L’image n’est pas assez bonne pour être jugée.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The models disagree.</source>
   <translation>Les modèles sont en désaccord.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>Le programme ne peut pas dire de quel type de cellule il s’agit.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Cela ne ressemble pas à un globule blanc.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Unsure</source>
   <translation>Incertaine</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: {0}.</source>
   <translation>Vous : {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: –</source>
   <translation>Vous : –</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>a precursor</source>
   <translation>un précurseur</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>image not good enough</source>
   <translation>image insuffisante</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>inside the unsure band</source>
   <translation>dans la bande d’incertitude</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>leans {0}</source>
   <translation>plutôt {0}</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>models disagree</source>
   <translation>modèles en désaccord</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>no white cell</source>
   <translation>pas un globule blanc</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>not named</source>
   <translation>non nommée</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike anything known</source>
   <translation>différente de tout ce qui est connu</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike its training cells</source>
   <translation>différente de ses cellules d’entraînement</translation>
  </message>
 </context>
 <context>
  <name>Waiting</name>
  <message>
   <location filename="waiting_words.py" />
   <source>1 image waits</source>
   <translation>1 image attend</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Go on judging</source>
   <translation>Continuer à juger</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>One moment, this is being read.</source>
   <translation>Un instant, lecture en cours.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Open images…</source>
   <translation>Ouvrir des images…</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are judged one after the other, and appear here. You can close the program meanwhile.</source>
   <translation>Elles sont jugées l’une après l’autre et apparaissent ici. Vous pouvez fermer le programme entre-temps.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are stopped, and stay in the case.</source>
   <translation>Elles sont arrêtées et restent dans le cas.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>{0} images wait</source>
   <translation>{0} images attendent</translation>
  </message>
 </context>
 <context>
  <name>Words</name>
  <message>
   <location filename="text.py" />
   <source>1 cell</source>
   <translation>1 cellule</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>1 image</source>
   <translation>1 image</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} cells</source>
   <translation>{0} cellules</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} images</source>
   <translation>{0} images</translation>
  </message>
 </context>
 <context>
  <name>WorkBar</name>
  <message>
   <location filename="card.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="card.py" />
   <source>Stopping</source>
   <translation>Arrêt en cours</translation>
  </message>
 </context>
 <context>
  <name>WorklistAskingController</name>
  <message>
   <location filename="worklist_asking.py" />
   <source>Stopped; nothing was taken.</source>
   <translation>Arrêté ; rien n’a été repris.</translation>
  </message>
 </context>
 <context>
  <name>WorklistEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>A case that you put away stands here until somebody brings it back or erases it.</source>
   <translation>Un cas que vous rangez figure ici jusqu’à ce que quelqu’un le rappelle ou l’efface.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Clear the search</source>
   <translation>Effacer la recherche</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>New case</source>
   <translation>Nouveau cas</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case fits</source>
   <translation>Aucun cas ne correspond</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No cases yet</source>
   <translation>Pas encore de cas</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Nothing is put away</source>
   <translation>Rien n’est rangé</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Show the list</source>
   <translation>Montrer la liste</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Start a new case, or drop images anywhere on this window.</source>
   <translation>Commencez un nouveau cas ou déposez des images n’importe où sur cette fenêtre.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Try fewer letters, or clear the search.</source>
   <translation>Essayez moins de lettres ou effacez la recherche.</translation>
  </message>
 </context>
 <context>
  <name>WorklistPage</name>
  <message>
   <location filename="page.py" />
   <source>Case number</source>
   <translation>Numéro de cas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Enter opens the case, or begins it (Ctrl+K)</source>
   <translation>Entrée ouvre le cas ou le commence (Ctrl+K)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find a case</source>
   <translation>Trouver un cas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find number, patient, specimen or notes</source>
   <translation>Chercher numéro, patient, échantillon ou notes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import a list of cases</source>
   <translation>Importer une liste de cas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import list…</source>
   <translation>Importer une liste…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Lists</source>
   <translation>Listes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>New case</source>
   <translation>Nouveau cas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Order {0} of {1}</source>
   <translation>Demande {0} sur {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that were taken stay</source>
   <translation>Les demandes reprises restent</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Scan or type a case number</source>
   <translation>Scanner ou saisir un numéro de cas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Take orders from a table (CSV) or from HL7 messages</source>
   <translation>Reprendre des demandes d’un tableau (CSV) ou de messages HL7</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Worklist</source>
   <translation>Liste de travail</translation>
  </message>
 </context>
 <context>
  <name>WorklistPanel</name>
  <message>
   <location filename="worklist_panel.py" />
   <source>Ask now</source>
   <translation>Interroger maintenant</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asked {0}. New cases: {1}; changed: {2}; there already: {3}.</source>
   <translation>Interrogée {0}. Nouveaux cas : {1} ; modifiés : {2} ; déjà présents : {3}.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asking…</source>
   <translation>Interrogation…</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asks as {0}, by the certificates above, while this window is open. Empty asks nobody.</source>
   <translation>Interroge en tant que {0}, avec les certificats ci-dessus, tant que cette fenêtre est ouverte. Vide : personne n’est interrogé.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>By hand</source>
   <translation>Manuel</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>DICOM worklist</source>
   <translation>Liste de travail DICOM</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Each {0} min</source>
   <translation>{0} min</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>For example SM; empty: all</source>
   <translation>Par exemple SM ; vide : toutes</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Is asked</source>
   <translation>Interrogation</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Not taken: {0}; see the messages above.</source>
   <translation>Non repris : {0} ; voir les messages ci-dessus.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Only this modality</source>
   <translation>Cette modalité seulement</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
 </context>
</TS>
