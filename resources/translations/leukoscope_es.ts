<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
 <context>
  <name>AboutSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Everything stays on this computer: no account, no network.</source>
   <translation>Todo permanece en este equipo: sin cuenta, sin red.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Figures, thresholds and training data of each model stand on the Models page.</source>
   <translation>Las cifras, los umbrales y los datos de entrenamiento de cada modelo están en la página Modelos.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Two models judge each white blood cell on their own and show what they looked at. Where they disagree, are unsure, or see something they were never trained on, the cell waits for a person.</source>
   <translation>Dos modelos juzgan cada glóbulo blanco por su cuenta y muestran en qué se fijaron. Donde discrepan, dudan o ven algo con lo que nunca se entrenaron, la célula espera a una persona.</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Version {0}</source>
   <translation>Versión {0}</translation>
  </message>
 </context>
 <context>
  <name>Actions</name>
  <message>
   <location filename="cell_actions.py" />
   <source>About LeukoScope</source>
   <translation>Acerca de LeukoScope</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Actual pixels</source>
   <translation>Píxeles reales</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add all images of a folder</source>
   <translation>Añadir todas las imágenes de una carpeta</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add image files to the case</source>
   <translation>Añadir archivos de imagen al caso</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Add the image or files you copied</source>
   <translation>Añadir la imagen o los archivos copiados</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Adjust the display</source>
   <translation>Ajustar la visualización</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>All cases</source>
   <translation>Todos los casos</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Amend…</source>
   <translation>Enmendar…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Artifact</source>
   <translation>Artefacto</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Audit trail</source>
   <translation>Registro de auditoría</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Basophil</source>
   <translation>Basófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blast</source>
   <translation>Blasto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Boxes</source>
   <translation>Recuadros</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Brightness, contrast, gamma and white of what you see; what is judged stays as it is</source>
   <translation>Brillo, contraste, gamma y blanco de lo que se ve; lo que se juzga queda como está</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Bring the chosen cell close</source>
   <translation>Acercar la célula elegida</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Capture</source>
   <translation>Captura</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Case</source>
   <translation>Caso</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Cell</source>
   <translation>Célula</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Cells cut out</source>
   <translation>Células recortadas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Cells of each class, and another case beside</source>
   <translation>Células de cada clase, y otro caso al lado</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Close LeukoScope; everything is saved</source>
   <translation>Cerrar LeukoScope; todo está guardado</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Comment on cell</source>
   <translation>Comentar la célula</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Contour lines</source>
   <translation>Líneas de contorno</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy the whole image</source>
   <translation>Copiar la imagen entera</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Copy what is in view</source>
   <translation>Copiar lo visible</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Count table</source>
   <translation>Tabla de recuento</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Dark or light</source>
   <translation>Oscuro o claro</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Do the step again</source>
   <translation>Repetir el paso</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a box around a cell that was missed; it is judged like the others</source>
   <translation>Dibuje un recuadro alrededor de una célula no hallada; se evalúa como las demás</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Draw a cell</source>
   <translation>Dibujar una célula</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Draw a line, an ellipse or an outline: its length in µm and its area in µm²</source>
   <translation>Trazar una línea, una elipse o un contorno: longitud en µm y área en µm²</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Edit</source>
   <translation>Editar</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Edit case header</source>
   <translation>Editar los datos del caso</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophil</source>
   <translation>Eosinófilo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Erase case for good…</source>
   <translation>Borrar el caso definitivamente…</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblast</source>
   <translation>Eritroblasto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Every key on one page</source>
   <translation>Todas las teclas en una página</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Evidence for the other side</source>
   <translation>Indicios del otro lado</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export DICOM…</source>
   <translation>Exportar DICOM…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export FHIR…</source>
   <translation>Exportar FHIR…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export HL7…</source>
   <translation>Exportar HL7…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export PDF report…</source>
   <translation>Exportar informe PDF…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export everything…</source>
   <translation>Exportar todo…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export table…</source>
   <translation>Exportar tabla…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Export without the patient’s data…</source>
   <translation>Exportar sin los datos del paciente…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Fit image</source>
   <translation>Ajustar la imagen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>For your support; without patient data</source>
   <translation>Para su soporte técnico; sin datos de pacientes</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Full screen</source>
   <translation>Pantalla completa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Gallery only</source>
   <translation>Solo la galería</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Give the whole page to the cells</source>
   <translation>Dar toda la página a las células</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go back one cell</source>
   <translation>Retroceder una célula</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go on after a label</source>
   <translation>Seguir tras una etiqueta</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Go on judging</source>
   <translation>Seguir evaluando</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell of the gallery</source>
   <translation>Ir a la siguiente célula de la galería</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Go to the next cell that needs a person</source>
   <translation>Ir a la siguiente célula que necesita a una persona</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Heat or contour lines</source>
   <translation>Calor o líneas de contorno</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>Help</source>
   <translation>Ayuda</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Images and cells of the case</source>
   <translation>Imágenes y células del caso</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocyte</source>
   <translation>Granulocito inmaduro</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge all images of the case again with the models of now; your labels stay</source>
   <translation>Evaluar de nuevo todas las imágenes del caso con los modelos actuales; sus etiquetas se conservan</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge case again</source>
   <translation>Evaluar el caso de nuevo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge failed images again</source>
   <translation>Evaluar de nuevo las imágenes fallidas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge image again</source>
   <translation>Evaluar la imagen de nuevo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the shown image again with the models of now; your labels stay</source>
   <translation>Evaluar de nuevo la imagen mostrada con los modelos actuales; sus etiquetas se conservan</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Judge the stopped images of the case</source>
   <translation>Evaluar las imágenes detenidas del caso</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep as example</source>
   <translation>Conservar como ejemplo</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keep the cell as an example of what you say it is; all examples are on the page Quality</source>
   <translation>Conservar la célula como ejemplo de lo que usted dice que es; todos los ejemplos están en la página Calidad</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Keys</source>
   <translation>Teclas</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label healthy</source>
   <translation>Etiquetar como sana</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label leukemic</source>
   <translation>Etiquetar como leucémica</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Label unsure</source>
   <translation>Etiquetar como dudosa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Larger</source>
   <translation>Más grande</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Lock screen</source>
   <translation>Bloquear la pantalla</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocyte</source>
   <translation>Linfocito</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Make one cell of the chosen ones of an image; it is judged</source>
   <translation>Hacer una sola célula de las elegidas de una imagen; se evalúa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map</source>
   <translation>Mapa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 2</source>
   <translation>Mapa 2</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 3</source>
   <translation>Mapa 3</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 4</source>
   <translation>Mapa 4</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 5</source>
   <translation>Mapa 5</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 6</source>
   <translation>Mapa 6</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 7</source>
   <translation>Mapa 7</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 8</source>
   <translation>Mapa 8</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Map 9</source>
   <translation>Mapa 9</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Mark reviewed</source>
   <translation>Marcar como revisado</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Measure</source>
   <translation>Medir</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Measure a stage micrometer, or name objective and camera</source>
   <translation>Medir un micrómetro de platina, o indicar objetivo y cámara</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Merge cells</source>
   <translation>Unir células</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Models</source>
   <translation>Modelos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocyte</source>
   <translation>Monocito</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize box</source>
   <translation>Mover o cambiar el recuadro</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Move or resize the box of the cell; it is judged again</source>
   <translation>Mover o cambiar de tamaño el recuadro de la célula; se evalúa de nuevo</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Name the class</source>
   <translation>Nombrar la clase</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophil</source>
   <translation>Neutrófilo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>New case</source>
   <translation>Caso nuevo</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next cell</source>
   <translation>Célula siguiente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next image</source>
   <translation>Imagen siguiente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next map</source>
   <translation>Mapa siguiente</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Next unsure cell</source>
   <translation>Siguiente célula dudosa</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cell</source>
   <translation>No es un leucocito</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Nobody goes on without a password</source>
   <translation>Nadie continúa sin contraseña</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>One image pixel for one screen pixel</source>
   <translation>Un píxel de imagen por píxel de pantalla</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open a signed case again, with a reason</source>
   <translation>Reabrir un caso firmado, con un motivo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open folder…</source>
   <translation>Abrir carpeta…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Open images…</source>
   <translation>Abrir imágenes…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Overview</source>
   <translation>Vista general</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Paste image</source>
   <translation>Pegar imagen</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous cell</source>
   <translation>Célula anterior</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous image</source>
   <translation>Imagen anterior</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Previous map</source>
   <translation>Mapa anterior</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print report…</source>
   <translation>Imprimir informe…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Print the page with the result, or the whole report</source>
   <translation>Imprimir la página del resultado o todo el informe</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Put a line across the cell that makes two of it; both are judged</source>
   <translation>Trazar una línea que haga dos células de esta; ambas se evalúan</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Put case away</source>
   <translation>Apartar el caso</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the part of the image that is in view into the clipboard, with boxes, maps and scale bar</source>
   <translation>Poner la parte visible de la imagen en el portapapeles, con cuadros, mapas y escala</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Put the whole image into the clipboard, with its scale bar and without boxes</source>
   <translation>Poner la imagen entera en el portapapeles, con la escala y sin cuadros</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Quality</source>
   <translation>Calidad</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Quit</source>
   <translation>Salir</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Redo</source>
   <translation>Rehacer</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Remove cell</source>
   <translation>Quitar célula</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove image</source>
   <translation>Quitar imagen</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove stopped images</source>
   <translation>Quitar las imágenes detenidas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Eliminar de este equipo los datos del paciente; nadie los puede recuperar</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Report</source>
   <translation>Informe</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Review</source>
   <translation>Revisión</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Save fault report…</source>
   <translation>Guardar informe de fallos…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save the whole image…</source>
   <translation>Guardar la imagen entera…</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Save what is in view…</source>
   <translation>Guardar lo visible…</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Say that every cell has been looked at</source>
   <translation>Indicar que se ha mirado cada célula</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send images, boxes and report; the outbox shows how it goes</source>
   <translation>Enviar imágenes, recuadros e informe; la bandeja de salida muestra cómo va</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as FHIR; the outbox shows how it goes</source>
   <translation>Enviar el resultado como FHIR; la bandeja de salida muestra cómo va</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send the result as HL7 message; the outbox shows how it goes</source>
   <translation>Enviar el resultado como mensaje HL7; la bandeja de salida muestra cómo va</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the DICOM archive</source>
   <translation>Enviar al archivo DICOM</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the FHIR server</source>
   <translation>Enviar al servidor FHIR</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Send to the hospital’s system</source>
   <translation>Enviar al sistema del hospital</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Set scale…</source>
   <translation>Fijar escala…</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Show another image of the case beside this one; a click in the strip chooses it</source>
   <translation>Mostrar otra imagen del caso junto a esta; un clic en la tira la elige</translation>
  </message>
  <message>
   <location filename="actions.py" />
   <source>Show map</source>
   <translation>Mostrar mapa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 2</source>
   <translation>Mostrar el mapa 2</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 3</source>
   <translation>Mostrar el mapa 3</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 4</source>
   <translation>Mostrar el mapa 4</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 5</source>
   <translation>Mostrar el mapa 5</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 6</source>
   <translation>Mostrar el mapa 6</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 7</source>
   <translation>Mostrar el mapa 7</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 8</source>
   <translation>Mostrar el mapa 8</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show map 9</source>
   <translation>Mostrar el mapa 9</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide the boxes around cells</source>
   <translation>Mostrar u ocultar los recuadros de las células</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show or hide why the models think so</source>
   <translation>Mostrar u ocultar por qué los modelos opinan así</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the cells as the models saw them, or in their surroundings</source>
   <translation>Mostrar las células como las vieron los modelos, o en su entorno</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the image before</source>
   <translation>Mostrar la imagen anterior</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the map before</source>
   <translation>Mostrar el mapa anterior</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the nearest of the cells that people of the laboratory have decided</source>
   <translation>Mostrar las más cercanas de las células que personas del laboratorio han decidido</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next cell without a label as soon as one is given, unsure ones first</source>
   <translation>Mostrar la siguiente célula sin etiqueta en cuanto se da una, primero las inciertas</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next image of the case</source>
   <translation>Mostrar la siguiente imagen del caso</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the next map of the cell</source>
   <translation>Mostrar el mapa siguiente de la célula</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Show the whole image</source>
   <translation>Mostrar la imagen entera</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Side by side</source>
   <translation>Lado a lado</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Sign…</source>
   <translation>Firmar…</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Similar cells</source>
   <translation>Células similares</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Smaller</source>
   <translation>Más pequeño</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cell</source>
   <translation>Sombra nuclear</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Split cell</source>
   <translation>Dividir la célula</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stand for the case; it is read-only then</source>
   <translation>Responder del caso; después es de solo lectura</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Start a new case</source>
   <translation>Comenzar un caso nuevo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop judging images; what is done stays, the others wait</source>
   <translation>Detener la evaluación; lo hecho se conserva, las demás esperan</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Stop work</source>
   <translation>Detener el trabajo</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Switch between dark and light</source>
   <translation>Cambiar entre oscuro y claro</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take images that are stopped and not judged out of the case; can be undone</source>
   <translation>Quitar del caso las imágenes detenidas y no evaluadas; se puede deshacer</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take out what is no white cell; can be undone</source>
   <translation>Quita lo que no es un leucocito; se puede deshacer</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the case off the list; it can be brought back</source>
   <translation>Quitar el caso de la lista; se puede recuperar</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the last step back</source>
   <translation>Deshacer el último paso</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Take the shown image out of the case; can be undone</source>
   <translation>Sacar la imagen mostrada del caso; se puede deshacer</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Take your label back</source>
   <translation>Retirar su etiqueta</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Teach the program your own microscope</source>
   <translation>Enseñar al programa su propio microscopio</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The case report as it prints</source>
   <translation>El informe del caso tal como se imprime</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>The live camera; Space holds, Enter takes</source>
   <translation>La cámara en vivo; Espacio congela, Intro toma</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program in one minute</source>
   <translation>El programa en un minuto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>The program’s label counts again</source>
   <translation>Vuelve a contar la etiqueta del programa</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Theme, names and defaults</source>
   <translation>Tema, nombres y valores por defecto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Tour</source>
   <translation>Recorrido</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Try again with the images of the case that could not be judged</source>
   <translation>Intentar de nuevo con las imágenes del caso que no se pudieron evaluar</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Undo</source>
   <translation>Deshacer</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Use the whole screen</source>
   <translation>Usar toda la pantalla</translation>
  </message>
  <message>
   <location filename="action_spec.py" />
   <source>View</source>
   <translation>Ver</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What it is and is not for</source>
   <translation>Para qué sirve y para qué no</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>What judges, and how well</source>
   <translation>Qué juzga, y con qué acierto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>What speaks against the label</source>
   <translation>Qué habla en contra de la etiqueta</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Where on the slide the images were taken: a map, where the stage of the microscope told their places</source>
   <translation>Dónde se tomaron las imágenes en el portaobjetos: un mapa, si la platina del microscopio indicó sus lugares</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Who changed what, when and why</source>
   <translation>Quién cambió qué, cuándo y por qué</translation>
  </message>
  <message>
   <location filename="page_actions.py" />
   <source>Worklist</source>
   <translation>Lista de trabajo</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write images, boxes and report as DICOM</source>
   <translation>Escribir imágenes, recuadros e informe como DICOM</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write number, patient, stain …</source>
   <translation>Escribir número, paciente, tinción …</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one row for each cell as CSV</source>
   <translation>Escribir una fila por célula como CSV</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip with all formats and the images</source>
   <translation>Escribir un zip con todos los formatos y las imágenes</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write one zip without names, numbers and true dates; look at the images yourself</source>
   <translation>Escribir un zip sin nombres, números ni fechas reales; mire usted las imágenes</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as FHIR R4 for other systems</source>
   <translation>Escribir el caso como FHIR R4 para otros sistemas</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case as HL7 v2 result message</source>
   <translation>Escribir el caso como mensaje de resultado HL7 v2</translation>
  </message>
  <message>
   <location filename="case_actions.py" />
   <source>Write the case report as PDF</source>
   <translation>Escribir el informe del caso como PDF</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the part of the image that is in view as PNG or JPEG, with boxes, maps and scale bar</source>
   <translation>Escribir la parte visible de la imagen como PNG o JPEG, con cuadros, mapas y escala</translation>
  </message>
  <message>
   <location filename="image_actions.py" />
   <source>Write the whole image as PNG or JPEG, with its scale bar and without boxes</source>
   <translation>Escribir la imagen entera como PNG o JPEG, con la escala y sin cuadros</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Write what strikes you about the cell; it stands in the report beside it</source>
   <translation>Escribir lo que llama la atención de la célula; figura junto a ella en el informe</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: artifact</source>
   <translation>Usted dice: artefacto</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: basophil</source>
   <translation>Usted dice: basófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: blast</source>
   <translation>Usted dice: blasto</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: eosinophil</source>
   <translation>Usted dice: eosinófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: erythroblast</source>
   <translation>Usted dice: eritroblasto</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: healthy</source>
   <translation>Usted dice: sana</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: immature granulocyte</source>
   <translation>Usted dice: granulocito inmaduro</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: leukemic</source>
   <translation>Usted dice: leucémica</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: lymphocyte</source>
   <translation>Usted dice: linfocito</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: monocyte</source>
   <translation>Usted dice: monocito</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: neutrophil</source>
   <translation>Usted dice: neutrófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: no white cell</source>
   <translation>Usted dice: no es un leucocito</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>You say: smudge cell</source>
   <translation>Usted dice: sombra nuclear</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>You say: unsure</source>
   <translation>Usted dice: dudosa</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom in</source>
   <translation>Acercar</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom out</source>
   <translation>Alejar</translation>
  </message>
  <message>
   <location filename="cell_actions.py" />
   <source>Zoom to cell</source>
   <translation>Acercar a la célula</translation>
  </message>
 </context>
 <context>
  <name>ActivationCard</name>
  <message>
   <location filename="activation_card.py" />
   <source>Belongs to</source>
   <translation>Pertenece a</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Beside {0}, which speaks now, the locked patients say: {1}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Junto a {0}, que habla ahora, los pacientes reservados dicen: {1}. Escriba por qué debe hablar de todos modos; queda en el registro de auditoría.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It does not speak. From the next image on it will, once it is activated; old cases stay as they are.</source>
   <translation>No habla. Lo hará a partir de la próxima imagen cuando esté activado; los casos antiguos quedan como están.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It speaks now: in this window, live, and at the command line. Findings and reports name it.</source>
   <translation>Habla ahora: en esta ventana, en vivo y en la línea de comandos. Los hallazgos y los informes lo nombran.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>It was not compared with {0}, which speaks now: do that under Proof, or write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>No se ha comparado con {0}, que habla ahora: hágalo en Prueba, o escriba por qué debe hablar de todos modos; queda en el registro de auditoría.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Its proof says: {0}. Write why it is to speak all the same; it stands in the audit trail.</source>
   <translation>Su prueba dice: {0}. Escriba por qué ha de hablar de todos modos; consta en el registro de auditoría.</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let it speak</source>
   <translation>Activarlo</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Let the shipped models speak again</source>
   <translation>Volver a los modelos incluidos</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Proof</source>
   <translation>Prueba</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason</source>
   <translation>Motivo</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Reason (stands in the audit trail, may be empty)</source>
   <translation>Motivo (consta en el registro de auditoría, puede quedar vacío)</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Save as a file…</source>
   <translation>Guardar en un archivo…</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Signature</source>
   <translation>Firma</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Taught</source>
   <translation>Enseñado</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>Wanted accuracy</source>
   <translation>Exactitud deseada</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>With</source>
   <translation>Con</translation>
  </message>
  <message>
   <location filename="activation_card.py" />
   <source>{0}: {1} of {2} patients</source>
   <translation>{0}: {1} de {2} pacientes</translation>
  </message>
 </context>
 <context>
  <name>AgreementView</name>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, classes</source>
   <translation>Kappa de Cohen, clases</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Cohen’s kappa, leukemic or healthy</source>
   <translation>Kappa de Cohen, leucémica o sana</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Earlier class (rows), class now (columns)</source>
   <translation>Clase anterior (filas), clase ahora (columnas)</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Fleiss’ kappa</source>
   <translation>Kappa de Fleiss</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>Named alike</source>
   <translation>Nombradas igual</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>no cell</source>
   <translation>ninguna célula</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>not known: all {0} cells were named alike</source>
   <translation>no se sabe: las {0} células se nombraron igual</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} ({1} to {2}), {3} cells</source>
   <translation>{0} ({1} a {2}), {3} células</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against themselves</source>
   <translation>{0} frente a sí mismo</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} against {1}</source>
   <translation>{0} frente a {1}</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} and who had decided, on the same cells</source>
   <translation>{0} y quien había decidido, en las mismas células</translation>
  </message>
  <message>
   <location filename="agreement_view.py" />
   <source>{0} of {1} cells ({2} %)</source>
   <translation>{0} de {1} células ({2} %)</translation>
  </message>
 </context>
 <context>
  <name>AmendSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend</source>
   <translation>Enmendar</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Amend the signed case</source>
   <translation>Enmendar el caso firmado</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reason</source>
   <translation>Motivo</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The signed report stays. Your reason stands on the next one, which must be signed again.</source>
   <translation>El informe firmado permanece. Su motivo figura en el siguiente, que debe firmarse de nuevo.</translation>
  </message>
 </context>
 <context>
  <name>AttentionController</name>
  <message>
   <location filename="attention.py" />
   <source>All images are judged.</source>
   <translation>Todas las imágenes están evaluadas.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>Something could not be finished; the window says what.</source>
   <translation>Algo no se pudo terminar; la ventana dice qué.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The cells are written.</source>
   <translation>Las células están escritas.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The control slide is measured.</source>
   <translation>El frotis de control está medido.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The files are written.</source>
   <translation>Los archivos están escritos.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The model is imported.</source>
   <translation>El modelo está importado.</translation>
  </message>
  <message>
   <location filename="attention.py" />
   <source>The program is taught; look at Quality.</source>
   <translation>El programa ha aprendido; mire en Calidad.</translation>
  </message>
 </context>
 <context>
  <name>Attributes</name>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell shape</source>
   <translation>Forma de la célula</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cell size</source>
   <translation>Tamaño de la célula</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Chromatin</source>
   <translation>Cromatina</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the cytoplasm</source>
   <translation>Color del citoplasma</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Color of the granules</source>
   <translation>Color de los gránulos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Cytoplasm</source>
   <translation>Citoplasma</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Granules</source>
   <translation>Gránulos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Kind of granules</source>
   <translation>Tipo de gránulos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus</source>
   <translation>Núcleo</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Nucleus to cytoplasm</source>
   <translation>Núcleo a citoplasma</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>Vacuoles</source>
   <translation>Vacuolas</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>band</source>
   <translation>en cayado</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>big</source>
   <translation>grande</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>blue</source>
   <translation>azul</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>clear</source>
   <translation>claro</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>coarse</source>
   <translation>gruesos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>dense</source>
   <translation>densa</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>frosted</source>
   <translation>esmerilado</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>high</source>
   <translation>alto</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>indented</source>
   <translation>con escotadura</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>irregular</source>
   <translation>irregular</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>light blue</source>
   <translation>azul claro</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>loose</source>
   <translation>laxa</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>low</source>
   <translation>bajo</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>no</source>
   <translation>no</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>none</source>
   <translation>ninguna</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>pink</source>
   <translation>rosa</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple</source>
   <translation>violeta</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>purple blue</source>
   <translation>azul violáceo</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>red</source>
   <translation>rojo</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round</source>
   <translation>redonda</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>round, one piece</source>
   <translation>redondo, de una pieza</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>segmented, many lobes</source>
   <translation>segmentado, varios lóbulos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>small</source>
   <translation>pequeña</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>two lobes</source>
   <translation>dos lóbulos</translation>
  </message>
  <message>
   <location filename="attribute_words.py" />
   <source>yes</source>
   <translation>sí</translation>
  </message>
 </context>
 <context>
  <name>AuditSheet</name>
  <message>
   <location filename="audit_sheet.py" />
   <source>After</source>
   <translation>Después</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Audit trail</source>
   <translation>Registro de auditoría</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Before</source>
   <translation>Antes</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Export CSV or PDF…</source>
   <translation>Exportar CSV o PDF…</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Part</source>
   <translation>Parte</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Reason</source>
   <translation>Motivo</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>What</source>
   <translation>Qué</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>When (UTC)</source>
   <translation>Cuándo (UTC)</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>Who</source>
   <translation>Quién</translation>
  </message>
  <message>
   <location filename="audit_sheet.py" />
   <source>{0} entries checked: none was changed, removed or put in another order.</source>
   <translation>{0} entradas comprobadas: ninguna fue cambiada, eliminada ni reordenada.</translation>
  </message>
 </context>
 <context>
  <name>AuditTrailController</name>
  <message>
   <location filename="audit_trail.py" />
   <source>Export audit trail</source>
   <translation>Exportar el registro de auditoría</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>Table</source>
   <translation>Tabla</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>The audit trail is written.</source>
   <translation>El registro de auditoría está escrito.</translation>
  </message>
 </context>
 <context>
  <name>AuditWords</name>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM archive</source>
   <translation>archivo DICOM</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>DICOM worklist</source>
   <translation>lista de trabajo DICOM</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>FHIR server</source>
   <translation>servidor FHIR</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account added</source>
   <translation>cuenta añadida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account kept by</source>
   <translation>cuenta gestionada por</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>account on or off</source>
   <translation>cuenta activada o no</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>accounts</source>
   <translation>cuentas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>enmendado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>audit trail exported</source>
   <translation>registro exportado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup restored</source>
   <translation>copia de seguridad restaurada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>backup written</source>
   <translation>copia de seguridad escrita</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>begun by an order</source>
   <translation>empezado por una petición</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>box of a cell changed</source>
   <translation>recuadro de una célula cambiado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case added</source>
   <translation>caso añadido</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case brought back</source>
   <translation>caso recuperado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case data</source>
   <translation>datos del caso</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case erased for good</source>
   <translation>caso borrado definitivamente</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case kept</source>
   <translation>caso conservado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case number</source>
   <translation>número de caso</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>case put away</source>
   <translation>caso apartado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell brought back</source>
   <translation>célula recuperada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell drawn</source>
   <translation>célula dibujada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell re-read</source>
   <translation>célula releída</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell removed</source>
   <translation>célula retirada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell split</source>
   <translation>célula dividida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cell {0}</source>
   <translation>célula {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>cells merged</source>
   <translation>células unidas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>comment</source>
   <translation>comentario</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>conclusion</source>
   <translation>conclusión</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run</source>
   <translation>medición de control</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>control run left out</source>
   <translation>medición de control omitida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>copy kept aside</source>
   <translation>copia apartada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>daily backup written</source>
   <translation>copia diaria escrita</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>date of birth</source>
   <translation>fecha de nacimiento</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encrypted</source>
   <translation>cifrada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>encryption</source>
   <translation>cifrado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>end of the trail exported</source>
   <translation>final del registro exportado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>erased</source>
   <translation>borrado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>example removed</source>
   <translation>ejemplo retirado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>exported</source>
   <translation>exportado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>faults accepted</source>
   <translation>diferencias aceptadas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>folder of orders</source>
   <translation>carpeta de peticiones</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory</source>
   <translation>directorio del hospital</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s directory set</source>
   <translation>directorio del hospital configurado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>hospital’s system (HL7)</source>
   <translation>sistema del hospital (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image added</source>
   <translation>imagen añadida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image brought back</source>
   <translation>imagen recuperada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image judged again</source>
   <translation>imagen evaluada de nuevo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image read</source>
   <translation>imagen leída</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image removed</source>
   <translation>imagen retirada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>image {0}</source>
   <translation>imagen {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images accepted</source>
   <translation>imágenes aceptadas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>images found in a folder</source>
   <translation>imágenes encontradas en una carpeta</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model begins to judge</source>
   <translation>el modelo importado empieza a juzgar</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>imported model brought back</source>
   <translation>modelo importado devuelto</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear</source>
   <translation>sin cifrar</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>in the clear, not confirmed</source>
   <translation>sin cifrar, no confirmada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging resumed</source>
   <translation>evaluación reanudada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>judging stopped</source>
   <translation>evaluación detenida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept as an example</source>
   <translation>conservada como ejemplo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>kept by the archive</source>
   <translation>conservado por el archivo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>label</source>
   <translation>etiqueta</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>labeled cells exported</source>
   <translation>células etiquetadas exportadas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>laboratory</source>
   <translation>laboratorio</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for orders (HL7)</source>
   <translation>línea de peticiones (HL7)</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line for the archive’s answers</source>
   <translation>conexión para las respuestas del archivo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>line to another system</source>
   <translation>línea con otro sistema</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>listening for orders</source>
   <translation>a la escucha de peticiones</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>locked test part looked at</source>
   <translation>parte de prueba bloqueada consultada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>looked at</source>
   <translation>consultado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>message seen to</source>
   <translation>mensaje atendido</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>minutes until the screen locks</source>
   <translation>minutos hasta el bloqueo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>models compared</source>
   <translation>modelos comparados</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>new password</source>
   <translation>contraseña nueva</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>no image there</source>
   <translation>allí no hay ninguna imagen</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>none</source>
   <translation>ninguna</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>notes</source>
   <translation>notas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>number of the order at its sender</source>
   <translation>número de la petición en el remitente</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>off</source>
   <translation>desactivado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on</source>
   <translation>activado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>on this computer</source>
   <translation>en este ordenador</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>operator</source>
   <translation>operador</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order cancelled</source>
   <translation>petición anulada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>order changed</source>
   <translation>petición cambiada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>other models judge</source>
   <translation>juzgan otros modelos</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature</source>
   <translation>contraseña para firmar</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>password for a signature refused</source>
   <translation>contraseña para firmar rechazada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient</source>
   <translation>paciente</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>patient number</source>
   <translation>número de paciente</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>priority</source>
   <translation>prioridad</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>put into the outbox</source>
   <translation>puesto en la bandeja de salida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>re-read begun</source>
   <translation>relectura empezada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>refused</source>
   <translation>rechazado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>repaired</source>
   <translation>reparado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>report {0}</source>
   <translation>informe {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>role of an account</source>
   <translation>función de una cuenta</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rows changed</source>
   <translation>filas cambiadas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>rule</source>
   <translation>regla</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sealed as found</source>
   <translation>sellado tal como estaba</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sent</source>
   <translation>enviado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>server called</source>
   <translation>servidor consultado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sex</source>
   <translation>sexo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>shared database</source>
   <translation>base de datos compartida</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>sign-in refused</source>
   <translation>inicio de sesión rechazado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>firmado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed in</source>
   <translation>sesión iniciada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile in force</source>
   <translation>perfil del laboratorio en vigor</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile retired</source>
   <translation>perfil del laboratorio retirado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profile taught</source>
   <translation>perfil del laboratorio enseñado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>site profiles compared</source>
   <translation>perfiles del laboratorio comparados</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>specimen</source>
   <translation>muestra</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stain</source>
   <translation>tinción</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>state</source>
   <translation>estado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>the clock went back</source>
   <translation>el reloj retrocedió</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>to be judged again</source>
   <translation>se evaluará de nuevo</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token made</source>
   <translation>token creado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token refused</source>
   <translation>token rechazado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>token revoked</source>
   <translation>token revocado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>two people sign</source>
   <translation>firman dos personas</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image brought back</source>
   <translation>imagen en espera recuperada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image removed</source>
   <translation>imagen en espera quitada</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting image {0}</source>
   <translation>imagen en espera {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>waiting images sealed as found</source>
   <translation>imágenes en espera selladas tal como estaban</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what becomes of a broken control rule</source>
   <translation>qué pasa al incumplir una regla de control</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>what this workstation remembers did not fit</source>
   <translation>lo recordado no coincidía</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>{0} entries</source>
   <translation>{0} entradas</translation>
  </message>
 </context>
 <context>
  <name>AutomaticCapture</name>
  <message>
   <location filename="automatic_capture.py" />
   <source>All {0} pictures are taken.</source>
   <translation>Se tomaron las {0} imágenes.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>Picture {0} of {1} in {2:.0f} s</source>
   <translation>Imagen {0} de {1} en {2:.0f} s</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>{0} were left out: the disk was too slow.</source>
   <translation>{0} se omitieron: el disco era demasiado lento.</translation>
  </message>
  <message>
   <location filename="automatic_capture.py" />
   <source>“{0}” holds {1} pictures.</source>
   <translation>«{0}» contiene {1} imágenes.</translation>
  </message>
 </context>
 <context>
  <name>BesidePane</name>
  <message>
   <location filename="beside_pane.py" />
   <source>One zoom</source>
   <translation>Zoom común</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Second image</source>
   <translation>Segunda imagen</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Show one image only</source>
   <translation>Mostrar una sola imagen</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The image before, on this side</source>
   <translation>La imagen anterior, en este lado</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>The next image, on this side</source>
   <translation>La imagen siguiente, en este lado</translation>
  </message>
  <message>
   <location filename="beside_pane.py" />
   <source>Zoom both images together</source>
   <translation>Ampliar las dos imágenes a la vez</translation>
  </message>
 </context>
 <context>
  <name>Browser</name>
  <message>
   <location filename="texts.py" />
   <source>Arrow keys go from cell to cell, N to the next unsure one.</source>
   <translation>Las flechas van de célula en célula, N a la siguiente dudosa.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Back to the worklist</source>
   <translation>Volver a la lista de trabajo</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases</source>
   <translation>Casos</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cases {0} to {1}</source>
   <translation>Casos {0} a {1}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: your label is taken back.</source>
   <translation>Célula {0}: su etiqueta se ha retirado.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} has written “{2}” meanwhile. Yours is “{3}”. Nothing of it is lost.</source>
   <translation>Célula {0}: entretanto {1} ha escrito «{2}». Lo suyo es «{3}». No se ha perdido nada.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}” meanwhile. You wanted “{3}”. Nothing of it is lost: choose.</source>
   <translation>Célula {0}: entretanto {1} dice «{2}». Usted quería «{3}». No se ha perdido nada: elija.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1} says “{2}”. Say “{3}”.</source>
   <translation>Célula {0}: {1} dice «{2}». Decir «{3}».</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Cell {0}: {1}.</source>
   <translation>Célula {0}: {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose all cells shown</source>
   <translation>Elegir todas las células mostradas</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose one cell only</source>
   <translation>Elegir una sola célula</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Choose several cells</source>
   <translation>Elegir varias células</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Every cell has a label.</source>
   <translation>Todas las células tienen etiqueta.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Field with cells</source>
   <translation>Campo con células</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep all of theirs</source>
   <translation>Dejar todas las suyas</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep theirs</source>
   <translation>Dejar el suyo</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keep “{0}”</source>
   <translation>Dejar «{0}»</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Keys of the review</source>
   <translation>Teclas de la revisión</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Language</source>
   <translation>Idioma</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Loading…</source>
   <translation>Cargando…</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Mine</source>
   <translation>Lo mío</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Next page</source>
   <translation>Página siguiente</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No case fits; write less, or choose all states.</source>
   <translation>Ningún caso coincide; escriba menos o elija todos los estados.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>No unsure cell is left.</source>
   <translation>No queda ninguna célula dudosa.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Nobody can sign in here: accounts are off. An administrator turns them on.</source>
   <translation>Aquí nadie puede iniciar sesión: las cuentas están desactivadas. Un administrador las activa.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Plus and minus zoom, F shows the whole image, Z the cell, arrow keys move it; with the mouse: wheel and drag.</source>
   <translation>Más y menos amplían y reducen, F muestra toda la imagen, Z la célula, las flechas la mueven; con el ratón: rueda y arrastrar.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Previous page</source>
   <translation>Página anterior</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Probability of leukemic</source>
   <translation>Probabilidad de leucémica</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Save</source>
   <translation>Guardar</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say mine where marked</source>
   <translation>Poner la mía donde esté marcado</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Say “{0}”</source>
   <translation>Decir «{0}»</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Sign out</source>
   <translation>Cerrar sesión</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Skip to the content</source>
   <translation>Ir al contenido</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has changed this case; what you see is up to date again.</source>
   <translation>Otra persona ha cambiado este caso; lo que ve vuelve a estar al día.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else has written into the same fields. Say for each which one stands, then save.</source>
   <translation>Otra persona ha escrito en los mismos campos. Diga en cada uno cuál vale y después guarde.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Somebody else was faster</source>
   <translation>Otra persona se adelantó</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Something unexpected happened; what was saved is there. Try again.</source>
   <translation>Ha ocurrido algo inesperado; lo guardado está ahí. Inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case has changed since you looked at it. Look at it again, then sign.</source>
   <translation>El caso ha cambiado desde que lo miró. Mírelo de nuevo y luego firme.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The case is signed: nothing can be changed.</source>
   <translation>El caso está firmado: no se puede cambiar nada.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The comment is kept.</source>
   <translation>El comentario se ha guardado.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The header is saved.</source>
   <translation>El encabezado está guardado.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>The server cannot be reached. What you said last is not saved yet: try it again.</source>
   <translation>No se puede alcanzar el servidor. Lo último que dijo aún no está guardado: inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Theirs</source>
   <translation>Lo de la otra persona</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>There is nothing to undo.</source>
   <translation>No hay nada que deshacer.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>This case is no longer in the list.</source>
   <translation>Este caso ya no está en la lista.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Too many calls at once; wait a moment, then go on.</source>
   <translation>Demasiadas peticiones a la vez; espere un momento y continúe.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Try again</source>
   <translation>Intentar de nuevo</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: cell {0}.</source>
   <translation>Deshecho: célula {0}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Undone: {0} cells.</source>
   <translation>Deshecho: {0} células.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Write mine</source>
   <translation>Escribir el mío</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You are signed out.</source>
   <translation>Ha cerrado la sesión.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out because nothing was done for a while; sign in again.</source>
   <translation>Se cerró la sesión porque no se hizo nada durante un tiempo; inicie sesión de nuevo.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Se cerró su sesión; inicie sesión de nuevo.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your account may look, not decide.</source>
   <translation>Su cuenta puede mirar, no decidir.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>Your label</source>
   <translation>Su etiqueta</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>no label</source>
   <translation>sin etiqueta</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells are chosen: what you say now is said of all of them.</source>
   <translation>Hay {0} células elegidas: lo que diga ahora vale para todas.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} cells: {1}.</source>
   <translation>{0} células: {1}.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} labels are taken back.</source>
   <translation>Se han retirado {0} etiquetas.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells have a person’s label</source>
   <translation>{0} de {1} células con etiqueta de una persona</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0} of {1} cells were labeled by somebody else meanwhile; the others have your label. Mark where yours shall stand.</source>
   <translation>Otra persona ha etiquetado mientras tanto {0} de {1} células; las demás tienen su etiqueta. Marque dónde debe quedar la suya.</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}, {1}: {2}</source>
   <translation>{0}, {1}: {2}</translation>
  </message>
  <message>
   <location filename="texts.py" />
   <source>{0}: somebody else wrote “{1}” meanwhile, you wrote “{2}”.</source>
   <translation>{0}: otra persona escribió mientras tanto «{1}», usted escribió «{2}».</translation>
  </message>
 </context>
 <context>
  <name>CalibrationController</name>
  <message>
   <location filename="calibration.py" />
   <source>Another case is open now; the scale of its images stays as it is.</source>
   <translation>Ahora hay otro caso abierto; la escala de sus imágenes no cambia.</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>New images are taken at the scale of “{0}”.</source>
   <translation>Las imágenes nuevas se toman a la escala de «{0}».</translation>
  </message>
  <message>
   <location filename="calibration.py" />
   <source>The images of this case are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Las imágenes de este caso se juzgan de nuevo a la escala de «{0}»; sus etiquetas se conservan.</translation>
  </message>
 </context>
 <context>
  <name>CameraChoice</name>
  <message>
   <location filename="camera_choice.py" />
   <source>Address of the camera, for example rtsp://…</source>
   <translation>Dirección de la cámara, por ejemplo rtsp://…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Camera</source>
   <translation>Cámara</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Demo smear</source>
   <translation>Frotis de demostración</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration</source>
   <translation>Configuración de Micro-Manager</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager configuration (*.cfg)</source>
   <translation>Configuración de Micro-Manager (*.cfg)</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Micro-Manager…</source>
   <translation>Micro-Manager…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera</source>
   <translation>Cámara de red</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Network camera…</source>
   <translation>Cámara de red…</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file</source>
   <translation>Archivo de vídeo</translation>
  </message>
  <message>
   <location filename="camera_choice.py" />
   <source>Video file…</source>
   <translation>Archivo de vídeo…</translation>
  </message>
 </context>
 <context>
  <name>CameraSettings</name>
  <message>
   <location filename="camera_settings.py" />
   <source>Automatic</source>
   <translation>Automático</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Exposure</source>
   <translation>Exposición</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Gain</source>
   <translation>Ganancia</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Let the camera set this by itself</source>
   <translation>Dejar que la cámara lo ajuste sola</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Rate</source>
   <translation>Frecuencia</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>Resolution</source>
   <translation>Resolución</translation>
  </message>
  <message>
   <location filename="camera_settings.py" />
   <source>White</source>
   <translation>Blanco</translation>
  </message>
 </context>
 <context>
  <name>CapturePage</name>
  <message>
   <location filename="page.py" />
   <source>Choose a camera and start it. The demo smear is always there to practice with.</source>
   <translation>Elija una cámara e iníciela. El frotis de demostración siempre está ahí para practicar.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Freeze</source>
   <translation>Congelar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Go on</source>
   <translation>Seguir</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Held. Enter takes it.</source>
   <translation>Congelada. Intro la toma.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It is being opened.</source>
   <translation>Se está abriendo.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Live.</source>
   <translation>En vivo.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No camera is running</source>
   <translation>Ninguna cámara está en marcha</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start</source>
   <translation>Iniciar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Start camera</source>
   <translation>Iniciar la cámara</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This camera cannot be used</source>
   <translation>Esta cámara no se puede usar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Waiting for the camera</source>
   <translation>Esperando a la cámara</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0}: {1} pictures/s</source>
   <translation>{0}: {1} imágenes/s</translation>
  </message>
 </context>
 <context>
  <name>CaseBar</name>
  <message>
   <location filename="case_bar.py" />
   <source>Case {0}</source>
   <translation>Caso {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Done</source>
   <translation>Listo</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Export PDF…</source>
   <translation>Exportar PDF…</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>No case yet</source>
   <translation>Aún no hay caso</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>Saved as you type.</source>
   <translation>Se guarda al escribir.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>The first image begins one.</source>
   <translation>La primera imagen abre uno.</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended</source>
   <translation>enmendado</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>amended, reviewed</source>
   <translation>enmendado, revisado</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>no patient named</source>
   <translation>sin paciente</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>open</source>
   <translation>abierto</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>operator: {0}</source>
   <translation>operador: {0}</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>reviewed</source>
   <translation>revisado</translation>
  </message>
  <message>
   <location filename="case_bar.py" />
   <source>signed</source>
   <translation>firmado</translation>
  </message>
 </context>
 <context>
  <name>CaseController</name>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is in the list again.</source>
   <translation>El caso {0} está de nuevo en la lista.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>Case {0} is put away.</source>
   <translation>El caso {0} está apartado.</translation>
  </message>
  <message>
   <location filename="case_commands.py" />
   <source>“{0}” is out of the case.</source>
   <translation>«{0}» está fuera del caso.</translation>
  </message>
 </context>
 <context>
  <name>CaseDetails</name>
  <message>
   <location filename="details.py" />
   <source>Bring back</source>
   <translation>Recuperar</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Bring the case back first</source>
   <translation>Recupere primero el caso</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Erase for good…</source>
   <translation>Borrar definitivamente…</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Off the list; it can be brought back from the state “Put away”</source>
   <translation>Fuera de la lista; se puede recuperar desde el estado «Apartado»</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Open case</source>
   <translation>Abrir caso</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Priority</source>
   <translation>Prioridad</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Put away</source>
   <translation>Apartado</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>Remove the patient’s data from this computer; nobody can bring it back</source>
   <translation>Eliminar de este equipo los datos del paciente; nadie los puede recuperar</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>The case is in the list again</source>
   <translation>El caso está de nuevo en la lista</translation>
  </message>
  <message>
   <location filename="details.py" />
   <source>put away</source>
   <translation>apartado</translation>
  </message>
 </context>
 <context>
  <name>CaseList</name>
  <message>
   <location filename="case_list.py" />
   <source>Age</source>
   <translation>Antigüedad</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Case</source>
   <translation>Caso</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Changed</source>
   <translation>Modificado</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Images</source>
   <translation>Imágenes</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Patient</source>
   <translation>Paciente</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Priority</source>
   <translation>Prioridad</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Specimen, stain</source>
   <translation>Muestra, tinción</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>State</source>
   <translation>Estado</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>Unsure · leukemic · healthy</source>
   <translation>Dudosa · leucémica · sana</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>amended</source>
   <translation>enmendado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>open</source>
   <translation>abierto</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>reviewed</source>
   <translation>revisado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>routine</source>
   <translation>rutina</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>signed</source>
   <translation>firmado</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>stat</source>
   <translation>inmediata</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>today {0}</source>
   <translation>hoy {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>urgent</source>
   <translation>urgente</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} d</source>
   <translation>{0} d</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} failed</source>
   <translation>{0} fallidas</translation>
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
   <translation>{0} dudosas, {1} leucémicas, {2} sanas</translation>
  </message>
  <message>
   <location filename="case_list.py" />
   <source>{0} waiting</source>
   <translation>{0} en espera</translation>
  </message>
 </context>
 <context>
  <name>CaseTable</name>
  <message>
   <location filename="case_table.py" />
   <source>Cases</source>
   <translation>Casos</translation>
  </message>
 </context>
 <context>
  <name>CellChangesController</name>
  <message>
   <location filename="cell_changes.py" />
   <source>Drag the box to move it, a handle to resize it; arrow keys move, with Shift they resize, and Enter keeps it. Escape gives up.</source>
   <translation>Arrastrar el recuadro para moverlo, un tirador para cambiar su tamaño; las flechas mueven, con Mayús cambian el tamaño, y Entrar lo conserva. Escape cancela.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Draw a line between the two cells; or move it with the arrow keys, turn it with Shift, and press Enter. Escape gives up.</source>
   <translation>Trazar una línea entre las dos células; o moverla con las flechas, girarla con Mayús y pulsar Entrar. Escape cancela.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Give up</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Only cells of one image can be merged; choose such cells.</source>
   <translation>Solo se pueden unir células de una misma imagen; elegir tales células.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell has its new box and was judged again.</source>
   <translation>La célula tiene su nuevo recuadro y se ha evaluado de nuevo.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cell is two now; both were judged.</source>
   <translation>La célula son ahora dos; ambas se han evaluado.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The cells are one now; it was judged.</source>
   <translation>Las células son ahora una; se ha evaluado.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>The changed cell is judged …</source>
   <translation>Se evalúa la célula cambiada…</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Their labels differed, so it has none; look at it.</source>
   <translation>Sus etiquetas eran distintas, por eso no tiene ninguna; mirarla.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>This image is not shown yet; wait for it, or choose another cell.</source>
   <translation>Esta imagen aún no se muestra; esperarla o elegir otra célula.</translation>
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
   <translation>Artefactos</translation>
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
   <translation>Basófilos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Blasts</source>
   <translation>Blastos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>EOS</source>
   <translation>EOS</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Eosinophils</source>
   <translation>Eosinófilos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Erythroblasts</source>
   <translation>Eritroblastos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>IG</source>
   <translation>GI</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Immature granulocytes</source>
   <translation>Granulocitos inmaduros</translation>
  </message>
  <message>
   <location filename="class_marks.py" />
   <source>LEUK</source>
   <translation>LEUC</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>LYM</source>
   <translation>LIN</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Lymphocytes</source>
   <translation>Linfocitos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>MON</source>
   <translation>MON</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Monocytes</source>
   <translation>Monocitos</translation>
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
   <translation>NLE</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Neutrophils</source>
   <translation>Neutrófilos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>No white cells</source>
   <translation>No son leucocitos</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Not named</source>
   <translation>Sin nombre</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>SMU</source>
   <translation>SOM</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>Smudge cells</source>
   <translation>Sombras nucleares</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>artifact</source>
   <translation>artefacto</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>basophil</source>
   <translation>basófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>blast</source>
   <translation>blasto</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>eosinophil</source>
   <translation>eosinófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>erythroblast</source>
   <translation>eritroblasto</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>immature granulocyte</source>
   <translation>granulocito inmaduro</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>lymphocyte</source>
   <translation>linfocito</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>monocyte</source>
   <translation>monocito</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>neutrophil</source>
   <translation>neutrófilo</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>no white cell</source>
   <translation>no es un glóbulo blanco</translation>
  </message>
  <message>
   <location filename="class_words.py" />
   <source>smudge cell</source>
   <translation>sombra de Gumprecht</translation>
  </message>
 </context>
 <context>
  <name>CellDrag</name>
  <message>
   <location filename="cell_drag.py" />
   <source>This cell</source>
   <translation>Esta célula</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>let go over a group or a label</source>
   <translation>soltar sobre un grupo o una etiqueta</translation>
  </message>
  <message>
   <location filename="cell_drag.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
 </context>
 <context>
  <name>CellEditingController</name>
  <message>
   <location filename="cell_editing.py" />
   <source>Bring cell back</source>
   <translation>Recuperar la célula</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Draw a box around the whole cell; Escape gives up.</source>
   <translation>Dibuje un recuadro alrededor de toda la célula; Escape cancela.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Give up</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell counts again.</source>
   <translation>La célula cuenta de nuevo.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell in the box is judged …</source>
   <translation>Se evalúa la célula del recuadro …</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is in the case.</source>
   <translation>La célula está en el caso.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>The cell is out of the case.</source>
   <translation>La célula está fuera del caso.</translation>
  </message>
  <message>
   <location filename="cell_editing.py" />
   <source>This image cannot be shown, so nothing can be drawn on it.</source>
   <translation>Esta imagen no se puede mostrar; no se puede dibujar en ella.</translation>
  </message>
 </context>
 <context>
  <name>CellExportCard</name>
  <message>
   <location filename="cell_export_card.py" />
   <source>Cells cut out, for python -m training, and for teaching on another day.</source>
   <translation>Células recortadas, para python -m training y para enseñar otro día.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Folder of cells</source>
   <translation>Carpeta de células</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>For an engineer: cells as files</source>
   <translation>Para ingeniería: células como archivos</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout</source>
   <translation>Disposición</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Layout of the files</source>
   <translation>Disposición de los archivos</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Looking for decided cells</source>
   <translation>Buscando células decididas</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Save cells as files…</source>
   <translation>Guardar las células como archivos…</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>The locked patients too</source>
   <translation>También los pacientes apartados</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>This counts as a look at them.</source>
   <translation>Esto cuenta como una mirada a ellos.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>What people decided in reviewed and signed cases, as new files under pseudonyms: no name, number, date or file name of a case is in them.</source>
   <translation>Lo que las personas decidieron en casos revisados y firmados, como archivos nuevos con seudónimos: no contienen nombre, número, fecha ni nombre de archivo de ningún caso.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>Whole images with boxes and classes of all cells in them.</source>
   <translation>Imágenes enteras con los recuadros y las clases de todas sus células.</translation>
  </message>
  <message>
   <location filename="cell_export_card.py" />
   <source>{0} of {1} written</source>
   <translation>{0} de {1} escritas</translation>
  </message>
 </context>
 <context>
  <name>CellExportController</name>
  <message>
   <location filename="cell_export.py" />
   <source>Folder for the cells: an empty one, or one in which a folder is made for them</source>
   <translation>Carpeta para las células: vacía, o en la que se crea una carpeta para ellas</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>Stopped: no cell has left.</source>
   <translation>Detenido: no ha salido ninguna célula.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} cells of {1} patients were written to “{2}”. Look at the images before they leave: what is written on a slide is still there.</source>
   <translation>{0} células de {1} pacientes se escribieron en «{2}». Mirar las imágenes antes de que salgan: lo escrito en un portaobjetos sigue ahí.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>{0} locked patients stayed.</source>
   <translation>{0} pacientes apartados se quedaron.</translation>
  </message>
 </context>
 <context>
  <name>CellGallery</name>
  <message>
   <location filename="cell_orders.py" />
   <source>All cells</source>
   <translation>Todas las células</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>All {0}</source>
   <translation>Todas {0}</translation>
  </message>
  <message>
   <location filename="gallery.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Cells appear here as they are found.</source>
   <translation>Las células aparecen aquí a medida que se encuentran.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Clusters of cells</source>
   <translation>Cúmulos de células</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Cut off by the edge</source>
   <translation>Cortadas por el borde</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Drawn by a person</source>
   <translation>Dibujadas por una persona</translation>
  </message>
  <message>
   <location filename="gallery_bar.py" />
   <source>Group of cells</source>
   <translation>Grupo de células</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Healthy first</source>
   <translation>Primero las sanas</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Image quality in doubt</source>
   <translation>Calidad de imagen dudosa</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Labeled by a person</source>
   <translation>Etiquetada por una persona</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest disagreement first</source>
   <translation>Primero el mayor desacuerdo</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Largest first</source>
   <translation>Las más grandes primero</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Leukemic first</source>
   <translation>Primero las leucémicas</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Models disagree</source>
   <translation>Los modelos discrepan</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most doubtful first</source>
   <translation>Primero las más dudosas</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most unusual first</source>
   <translation>Primero las más inusuales</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Most useful next</source>
   <translation>Las más útiles primero</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>No cell of this case is in this choice: choose another one, or show all.</source>
   <translation>Ninguna célula de este caso está en esta selección: elija otra o muéstrelas todas.</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Not labeled by a person</source>
   <translation>No etiquetada por una persona</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Order of cells</source>
   <translation>Orden de las células</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Reading order</source>
   <translation>Orden de lectura</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Removed by a person</source>
   <translation>Quitadas por una persona</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>Show all cells</source>
   <translation>Mostrar todas las células</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Smallest first</source>
   <translation>Las más pequeñas primero</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Unlike the training data</source>
   <translation>Distintas de los datos de entrenamiento</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Which cells</source>
   <translation>Qué células</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} cells</source>
   <translation>{0} de {1} células</translation>
  </message>
  <message>
   <location filename="gallery_words.py" />
   <source>{0} of {1} removed</source>
   <translation>{0} de {1} quitadas</translation>
  </message>
 </context>
 <context>
  <name>CellList</name>
  <message>
   <location filename="cell_list.py" />
   <source>Cell {0}</source>
   <translation>Célula {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>a person</source>
   <translation>una persona</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>drawn by {0}</source>
   <translation>dibujada por {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>labeled by {0}</source>
   <translation>etiquetada por {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>removed by {0}</source>
   <translation>quitada por {0}</translation>
  </message>
  <message>
   <location filename="cell_list.py" />
   <source>{0} remarks: {1}</source>
   <translation>{0} comenta: {1}</translation>
  </message>
 </context>
 <context>
  <name>CellMenu</name>
  <message>
   <location filename="cell_menu.py" />
   <source>This cell</source>
   <translation>Esta célula</translation>
  </message>
  <message>
   <location filename="cell_menu.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
 </context>
 <context>
  <name>CellsCard</name>
  <message>
   <location filename="cells_card.py" />
   <source>A folder of labeled cells</source>
   <translation>Una carpeta de células etiquetadas</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells of each patient</source>
   <translation>Células por paciente</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Cells that were decided in reviewed or signed cases count, under pseudonyms of their patients. Or take a folder, sorted as CLASS/PATIENT/image: choose it, or drop it here. Useful are 20 cells of 3 patients of each class.</source>
   <translation>Cuentan las células decididas en casos revisados o firmados, con seudónimos de sus pacientes. O una carpeta ordenada como CLASE/PACIENTE/imagen: elíjala o suéltela aquí. Son útiles 20 células de 3 pacientes de cada clase.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Choose a folder…</source>
   <translation>Elegir una carpeta…</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Class</source>
   <translation>Clase</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Go on: teach</source>
   <translation>Continuar: enseñar</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Images that are there twice and count once: {0}.</source>
   <translation>Imágenes que están dos veces y cuentan una: {0}.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Left out</source>
   <translation>Omitidas</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscopio: cámara y objetivo</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Missing</source>
   <translation>Faltan</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Nothing is missing.</source>
   <translation>No falta nada.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Of these</source>
   <translation>De estas</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Patients</source>
   <translation>Pacientes</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take cells of reviewed cases</source>
   <translation>Tomar células de casos revisados</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Take only cells of this one</source>
   <translation>Tomar solo las células de este</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>To be settled: images under labels that differ</source>
   <translation>Por aclarar: imágenes con etiquetas distintas</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>Which cells have people named?</source>
   <translation>¿Qué células han nombrado personas?</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>You can teach with these; with what is missing, it can be told whether it is better.</source>
   <translation>Puede enseñar con estas; con lo que falta se podrá decir si es mejor.</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>and {0} more</source>
   <translation>y {0} más</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>nothing</source>
   <translation>nada</translation>
  </message>
  <message>
   <location filename="cells_card.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} células de {1} pacientes en {2}</translation>
  </message>
 </context>
 <context>
  <name>ChartPlot</name>
  <message>
   <location filename="chart_plot.py" />
   <source>Chart: {0}</source>
   <translation>Gráfico: {0}</translation>
  </message>
  <message>
   <location filename="chart_plot.py" />
   <source>{0} (left out)</source>
   <translation>{0} (omitida)</translation>
  </message>
 </context>
 <context>
  <name>ChartsView</name>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of which nobody knows what they were taken with</source>
   <translation>Casos diarios de los que no se sabe con qué se tomaron</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Daily cases of {0}</source>
   <translation>Casos diarios de {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Left out: {0}</source>
   <translation>Omitida: {0}</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Run {0}, {1}, {2} fields, {3}.</source>
   <translation>Medición {0}, {1}, {2} campos, {3}.</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>{0}: {1} cells of the daily cases.</source>
   <translation>{0}: {1} células de los casos diarios.</translation>
  </message>
 </context>
 <context>
  <name>Checklist</name>
  <message>
   <location filename="checklist.py" />
   <source>All images are judged.</source>
   <translation>Todas las imágenes están juzgadas.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Daily control reports nothing.</source>
   <translation>El control diario no señala nada.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No cell was judged in this case.</source>
   <translation>En este caso no se juzgó ninguna célula.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No person has decided on a cell: the program's labels count.</source>
   <translation>Nadie ha decidido sobre una célula: cuentan los juicios del programa.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>No unsure cell waits for a person.</source>
   <translation>Ninguna célula dudosa espera a una persona.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Show</source>
   <translation>Mostrar</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>Somebody else must sign.</source>
   <translation>Debe firmar otra persona.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>The quality of all images is good.</source>
   <translation>La calidad de todas las imágenes es buena.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>in the way</source>
   <translation>lo impide</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>look at it</source>
   <translation>conviene mirarlo</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>well</source>
   <translation>en orden</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells are unsure and wait for a person.</source>
   <translation>{0} de {1} células son dudosas y esperan a una persona.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} cells were decided by a person: {2}.</source>
   <translation>{0} de {1} células fueron decididas por una persona: {2}.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are not judged yet.</source>
   <translation>{0} de {1} imágenes aún no están juzgadas.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images are of poor quality.</source>
   <translation>{0} de {1} imágenes son de mala calidad.</translation>
  </message>
  <message>
   <location filename="checklist.py" />
   <source>{0} of {1} images could not be judged.</source>
   <translation>{0} de {1} imágenes no se pudieron juzgar.</translation>
  </message>
 </context>
 <context>
  <name>ClassKeysTable</name>
  <message>
   <location filename="class_keys_table.py" />
   <source>A key is one letter or one digit; choose another one.</source>
   <translation>Una tecla es una letra o una cifra; elija otra.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>As on a bench counter</source>
   <translation>Como en un contador</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Give every class its first key again</source>
   <translation>Devolver a cada clase su primera tecla</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>Key for “{0}”</source>
   <translation>Tecla para «{0}»</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} is for “{1}”; choose another one.</source>
   <translation>La tecla {0} es para «{1}»; elija otra.</translation>
  </message>
  <message>
   <location filename="class_keys_table.py" />
   <source>The key {0} names “{1}”; give that class another key first.</source>
   <translation>La tecla {0} nombra «{1}»; dé antes otra tecla a esa clase.</translation>
  </message>
 </context>
 <context>
  <name>ClassStep</name>
  <message>
   <location filename="class_step.py" />
   <source>0 healthy, 1 leukemic</source>
   <translation>0 sana, 1 leucémica</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>0 leukemic, 1 healthy</source>
   <translation>0 leucémica, 1 sana</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Benign, Early, Pre, Pro, or what class_indices prints</source>
   <translation>Benign, Early, Pre, Pro, o lo que imprime class_indices</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose for each class what it means.</source>
   <translation>Elegir para cada clase qué significa.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Choose…</source>
   <translation>Elegir…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Classes</source>
   <translation>Clases</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Folder that it was trained on</source>
   <translation>Carpeta con la que se entrenó</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>From a folder…</source>
   <translation>De una carpeta…</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of its figures. What each means is proposed from its name.</source>
   <translation>En el orden de sus valores. Lo que significa cada uno se propone según su nombre.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>In the order of the model's figures, as it was trained with them</source>
   <translation>En el orden de los valores del modelo, como en su entrenamiento</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>More or other classes</source>
   <translation>Más clases u otras</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Names of the classes</source>
   <translation>Nombres de las clases</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Output</source>
   <translation>Salida</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Proposed from the names: look whether it is right.</source>
   <translation>Propuesto según los nombres: comprobar que es correcto.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The folder that it was trained on: Keras numbers its folders in the order of the alphabet</source>
   <translation>La carpeta con la que se entrenó: Keras numera sus carpetas por orden alfabético</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures. Names propose what each means; or choose it yourself below.</source>
   <translation>El modelo da {0} valores. Los nombres proponen qué significa cada uno; o elegirlo abajo.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The model gives {0} figures: choose “More or other classes” and say what each means.</source>
   <translation>El modelo da {0} valores: elegir «Más clases u otras» y decir qué significa cada uno.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>The only one that fits</source>
   <translation>La única que encaja</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What class {0} means</source>
   <translation>Qué significa la clase {0}</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>What its outputs mean</source>
   <translation>Qué significan sus salidas</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Which of the model's outputs says what a cell is</source>
   <translation>Qué salida del modelo dice qué es una célula</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>Write down the names of the model's classes, in the order of its figures.</source>
   <translation>Escribir los nombres de las clases del modelo, en el orden de sus valores.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>healthy</source>
   <translation>sana</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>leukemic</source>
   <translation>leucémica</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>neither (other)</source>
   <translation>ninguna de las dos (other)</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0} classes are named, but the model gives figures for {1}.</source>
   <translation>Se nombran {0} clases, pero el modelo da valores para {1}.</translation>
  </message>
  <message>
   <location filename="class_step.py" />
   <source>{0}, {1} figures</source>
   <translation>{0}, {1} valores</translation>
  </message>
 </context>
 <context>
  <name>ClosingController</name>
  <message>
   <location filename="closing.py" />
   <source>The window stays open, since not everything could be saved: {0}</source>
   <translation>La ventana sigue abierta porque no se pudo guardar todo: {0}</translation>
  </message>
  <message>
   <location filename="closing.py" />
   <source>Try again and close</source>
   <translation>Reintentar y cerrar</translation>
  </message>
 </context>
 <context>
  <name>CommentField</name>
  <message>
   <location filename="comment_field.py" />
   <source>Comment on the cell</source>
   <translation>Comentario sobre la célula</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>It stands in the report beside the cell; Enter keeps it, Escape takes it back</source>
   <translation>Figura en el informe junto a la célula; Entrar lo conserva, Escape lo retira</translation>
  </message>
  <message>
   <location filename="comment_field.py" />
   <source>a person</source>
   <translation>una persona</translation>
  </message>
 </context>
 <context>
  <name>CommitmentPanel</name>
  <message>
   <location filename="commitment_panel.py" />
   <source>Archive’s answers come to</source>
   <translation>Las respuestas del archivo llegan a</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Asked for</source>
   <translation>Se pide</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Hears the archive on {0}.</source>
   <translation>Escucha al archivo en {0}.</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Not asked for</source>
   <translation>No se pide</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>Storage commitment</source>
   <translation>Compromiso de almacenamiento</translation>
  </message>
  <message>
   <location filename="commitment_panel.py" />
   <source>The archive is asked whether it keeps what was sent; the outbox shows what it says of each object. An archive that answers on a line of its own needs the address above.</source>
   <translation>Se pregunta al archivo si conserva lo enviado; la bandeja de salida muestra lo que dice de cada objeto. Un archivo que responde por una conexión propia necesita la dirección de arriba.</translation>
  </message>
 </context>
 <context>
  <name>ConclusionForm</name>
  <message>
   <location filename="conclusion_form.py" />
   <source>Conclusion</source>
   <translation>Conclusión</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Put one of the lab’s phrases in; the Settings page has them</source>
   <translation>Insertar una de las frases del laboratorio; están en los ajustes</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>Standard phrases</source>
   <translation>Frases estándar</translation>
  </message>
  <message>
   <location filename="conclusion_form.py" />
   <source>What the result means, in your words; stands on top of the report</source>
   <translation>Qué significa el resultado, en sus palabras; figura al principio del informe</translation>
  </message>
 </context>
 <context>
  <name>ControlCamera</name>
  <message>
   <location filename="control_camera.py" />
   <source>Begin again</source>
   <translation>Empezar de nuevo</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure the fields</source>
   <translation>Medir los campos</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Measure {0} fields</source>
   <translation>Medir {0} campos</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start camera</source>
   <translation>Iniciar la cámara</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Start the camera, then take three fields at least, better five.</source>
   <translation>Inicie la cámara y tome al menos tres campos, mejor cinco.</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Stop camera</source>
   <translation>Detener la cámara</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Take this field</source>
   <translation>Tomar este campo</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>Waiting for the camera</source>
   <translation>Esperando a la cámara</translation>
  </message>
  <message>
   <location filename="control_camera.py" />
   <source>{0} of {1} fields are taken; move the slide between two.</source>
   <translation>Se tomaron {0} de {1} campos; mueva el portaobjetos entre dos.</translation>
  </message>
 </context>
 <context>
  <name>ControlChartController</name>
  <message>
   <location filename="control_charts.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Ya se está midiendo un portaobjetos de control; espere o deténgalo primero.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Fields of a control slide</source>
   <translation>Campos de un portaobjetos de control</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Folder of a control slide</source>
   <translation>Carpeta de un portaobjetos de control</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Imágenes ({0});;Todos los archivos (*)</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Run {0} counts no longer.</source>
   <translation>La medición {0} ya no cuenta.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Save monthly sheet</source>
   <translation>Guardar la hoja del mes</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Saved as “{0}”.</source>
   <translation>Guardado como «{0}».</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>Stopped: no run was kept.</source>
   <translation>Detenido: no se guardó ninguna medición.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} fields of {1} were measured.</source>
   <translation>Se midieron {0} campos de {1}.</translation>
  </message>
  <message>
   <location filename="control_charts.py" />
   <source>{0} images were left out. The first, {1}: {2}</source>
   <translation>Se omitieron {0} imágenes. La primera, {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>ControlPanel</name>
  <message>
   <location filename="control_panel.py" />
   <source>A control slide that is measured each day shows when stain, lamp, focus or white balance drift.</source>
   <translation>Un portaobjetos de control medido cada día muestra cuándo cambian tinción, lámpara, enfoque o balance de blancos.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>In control</source>
   <translation>Bajo control</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Last run</source>
   <translation>Última medición</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measure control slide</source>
   <translation>Medir portaobjetos de control</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Measured today at {0}.</source>
   <translation>Medido hoy a las {0}.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscopio: cámara y objetivo</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Month</source>
   <translation>Mes</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not known</source>
   <translation>Desconocido</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Not measured today; last on {0}.</source>
   <translation>Hoy no se midió; la última vez el {0}.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Nothing was measured yet.</source>
   <translation>Todavía no se midió nada.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Out of control: {0}</source>
   <translation>Fuera de control: {0}</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Put the control slide under the microscope, and measure at least three fields of it.</source>
   <translation>Ponga el portaobjetos de control bajo el microscopio y mida al menos tres campos.</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Save monthly sheet…</source>
   <translation>Guardar la hoja del mes…</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>Sheet of a month</source>
   <translation>Hoja de un mes</translation>
  </message>
  <message>
   <location filename="control_panel.py" />
   <source>The first runs are gathered that limits are set from.</source>
   <translation>Se reúnen las primeras mediciones, de las que salen los límites.</translation>
  </message>
 </context>
 <context>
  <name>ControlPart</name>
  <message>
   <location filename="control_part.py" />
   <source>Keep a stained smear of ordinary blood as control slide and measure it each day. From twenty runs on its figures have limits, and what drifts is named here.</source>
   <translation>Conserve un frotis teñido de sangre corriente como portaobjetos de control y mídalo cada día. A partir de veinte mediciones sus valores tienen límites, y lo que se desvía se nombra aquí.</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>Measure control slide</source>
   <translation>Medir portaobjetos de control</translation>
  </message>
  <message>
   <location filename="control_part.py" />
   <source>No control run yet</source>
   <translation>Todavía no hay mediciones de control</translation>
  </message>
 </context>
 <context>
  <name>ConvertingWindow</name>
  <message>
   <location filename="converting.py" />
   <source>Closing the cases …</source>
   <translation>Cerrando los casos …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>Stopping …</source>
   <translation>Deteniendo …</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The backup is being put back</source>
   <translation>Se está restaurando la copia</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are being encrypted</source>
   <translation>Se están cifrando los casos</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The cases are written in the clear</source>
   <translation>Los casos se guardan sin cifrar</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. Until the backup is checked once more it can be stopped.</source>
   <translation>El programa se abre de nuevo por sí solo. Hasta que la copia se compruebe otra vez, se puede detener.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The program opens again by itself. What is done stays when you stop it, and it goes on later.</source>
   <translation>El programa se abre de nuevo por sí mismo. Lo hecho queda si lo detiene, y continúa después.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>{0} of {1} files</source>
   <translation>{0} de {1} archivos</translation>
  </message>
 </context>
 <context>
  <name>CountSheet</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Compare with</source>
   <translation>Comparar con</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Count table</source>
   <translation>Tabla de recuento</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Target</source>
   <translation>Objetivo</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>This image</source>
   <translation>Esta imagen</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>What is counted</source>
   <translation>Qué se cuenta</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Whole case</source>
   <translation>Caso entero</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>no other case</source>
   <translation>ningún otro caso</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
 </context>
 <context>
  <name>CountTable</name>
  <message>
   <location filename="count_sheet.py" />
   <source>Case {0}</source>
   <translation>Caso {0}</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Cells counted</source>
   <translation>Células contadas</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Share (95 % interval)</source>
   <translation>Proporción (intervalo del 95 %)</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>Verdict</source>
   <translation>Veredicto</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; enough</source>
   <translation>{0} de {1} células; suficientes</translation>
  </message>
  <message>
   <location filename="count_sheet.py" />
   <source>{0} of {1} cells; {2} to go</source>
   <translation>{0} de {1} células; faltan {2}</translation>
  </message>
 </context>
 <context>
  <name>DecisionController</name>
  <message>
   <location filename="decisions.py" />
   <source>Nothing was changed: a decision needs the name of who decides.</source>
   <translation>No se cambió nada: una decisión necesita el nombre de quien decide.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Redo</source>
   <translation>Rehacer</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Undo</source>
   <translation>Deshacer</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>What you changed waits for your name. Write it, or press Escape to leave it unchanged.</source>
   <translation>Su cambio espera su nombre. Escríbalo o pulse Escape para dejarlo sin cambiar.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who decides? Your name stands beside it, on the report and in the audit trail.</source>
   <translation>¿Quién decide? Su nombre figura al lado, en el informe y en el registro de auditoría.</translation>
  </message>
  <message>
   <location filename="decisions.py" />
   <source>Who works here from now on? It holds until midnight.</source>
   <translation>¿Quién trabaja aquí desde ahora? Vale hasta medianoche.</translation>
  </message>
 </context>
 <context>
  <name>DecryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who takes this computer, its disk or a new backup can read the cases then. Backups that are encrypted stay so, and need the recovery key or this user’s keyring. The window closes while it is done, and opens again; it can be stopped, and goes on later.</source>
   <translation>Quien se lleve este equipo, su disco o una copia nueva podrá entonces leer los casos. Las copias cifradas siguen cifradas y necesitan la clave de recuperación o el llavero de este usuario. La ventana se cierra mientras tanto y vuelve a abrirse; se puede detener y continuar después.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write in the clear</source>
   <translation>Guardar sin cifrar</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Write the cases in the clear again</source>
   <translation>Volver a guardar los casos sin cifrar</translation>
  </message>
 </context>
 <context>
  <name>DifferentialTable</name>
  <message>
   <location filename="differential_table.py" />
   <source>Blasts among the mononuclear cells: {0} of {1}, {2}.</source>
   <translation>Blastos entre las células mononucleares: {0} de {1}, {2}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>By a person</source>
   <translation>Por una persona</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Class</source>
   <translation>Clase</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Erythroblasts: {0} for 100 white cells (95 % interval {1} to {2}).</source>
   <translation>Eritroblastos: {0} por 100 leucocitos (intervalo del 95 % de {1} a {2}).</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Fewer than {0} white cells were counted: the percentages say little.</source>
   <translation>Se contaron menos de {0} leucocitos: los porcentajes dicen poco.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Not counted: {0}.</source>
   <translation>No se contaron: {0}.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>Percent (95 % interval)</source>
   <translation>Por ciento (intervalo del 95 %)</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>cut off by the edge: {0}</source>
   <translation>cortadas por el borde: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>erythroblasts: {0}</source>
   <translation>eritroblastos: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>in clusters: {0}</source>
   <translation>en cúmulos: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>no white cells: {0}</source>
   <translation>no son leucocitos: {0}</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} more cells would make every percentage certain within 3 %.</source>
   <translation>Con {0} células más, cada porcentaje sería seguro con un margen del 3 %.</translation>
  </message>
  <message>
   <location filename="differential_table.py" />
   <source>{0} of {1} cells were counted.</source>
   <translation>Se contaron {0} de {1} células.</translation>
  </message>
 </context>
 <context>
  <name>DirectoryPanel</name>
  <message>
   <location filename="directory_panel.py" />
   <source>Address</source>
   <translation>Dirección</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Administrator</source>
   <translation>Administrador</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Asking the directory…</source>
   <translation>Consultando el directorio…</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Attribute of the name</source>
   <translation>Atributo del nombre</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>File of the search account</source>
   <translation>Archivo de la cuenta de búsqueda</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of administrators</source>
   <translation>Grupos de administradores</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of reviewers</source>
   <translation>Grupos de revisores</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Groups of technicians</source>
   <translation>Grupos de técnicos</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Its name, and below its password</source>
   <translation>Su nombre y, debajo, su contraseña</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Off: only accounts of the laboratory sign in.</source>
   <translation>Desactivado: solo inician sesión las cuentas del laboratorio.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>On: people sign in by their name and password of the hospital; accounts of the laboratory go first.</source>
   <translation>Activado: las personas inician sesión con su nombre y contraseña del hospital; las cuentas del laboratorio tienen prioridad.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM; vacío: los de este equipo</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>People and groups below</source>
   <translation>Personas y grupos bajo</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Reviewer</source>
   <translation>Revisor</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Set directory</source>
   <translation>Establecer directorio</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Sign-in name to try</source>
   <translation>Nombre de usuario de prueba</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Technician</source>
   <translation>Técnico</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory answers.</source>
   <translation>El directorio responde.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is off.</source>
   <translation>El directorio está desactivado.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>The directory is set.</source>
   <translation>El directorio está configurado.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Trusted certificates</source>
   <translation>Certificados de confianza</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Try it</source>
   <translation>Probar</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>Without a search account</source>
   <translation>Sin cuenta de búsqueda</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>cn=group,ou=groups,dc=…; several with ;</source>
   <translation>cn=grupo,ou=grupos,dc=…; varios con ;</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is found there. Role: {1}.</source>
   <translation>{0} está allí. Función: {1}.</translation>
  </message>
  <message>
   <location filename="directory_panel.py" />
   <source>{0} is in none of these groups.</source>
   <translation>{0} no está en ninguno de estos grupos.</translation>
  </message>
 </context>
 <context>
  <name>DisplayCard</name>
  <message>
   <location filename="display_card.py" />
   <source>Brightness</source>
   <translation>Brillo</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Click on empty glass in the image; Escape leaves it.</source>
   <translation>Hacer clic en vidrio vacío de la imagen; Esc lo deja.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Close; the display stays changed</source>
   <translation>Cerrar; la visualización sigue cambiada</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Display</source>
   <translation>Visualización</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Gamma</source>
   <translation>Gamma</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Only the display changes: what is judged, exported and reported stays as it is.</source>
   <translation>Solo cambia la visualización: lo que se juzga, se exporta y se informa queda como está.</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Reset</source>
   <translation>Restablecer</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Set white</source>
   <translation>Fijar el blanco</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Show images as they are</source>
   <translation>Mostrar las imágenes como son</translation>
  </message>
  <message>
   <location filename="display_card.py" />
   <source>Then click on empty glass: that place becomes neutral</source>
   <translation>Después, hacer clic en vidrio vacío: ese lugar se vuelve neutro</translation>
  </message>
 </context>
 <context>
  <name>DisplayController</name>
  <message>
   <location filename="display.py" />
   <source>That place is too dark for empty glass; click on a bright one between the cells.</source>
   <translation>Ese lugar es demasiado oscuro para ser vidrio vacío; hacer clic en uno claro entre las células.</translation>
  </message>
 </context>
 <context>
  <name>DragDropController</name>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to add to case {0}</source>
   <translation>Suelte para añadir al caso {0}</translation>
  </message>
  <message>
   <location filename="drag_drop.py" />
   <source>Drop to start a new case</source>
   <translation>Suelte para comenzar un caso nuevo</translation>
  </message>
 </context>
 <context>
  <name>EncryptSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>A recovery key is shown once, now. Without it nobody can read the cases or their backups when this computer is lost, and nobody can make it again.</source>
   <translation>Ahora se muestra una sola vez una clave de recuperación. Sin ella nadie puede leer los casos ni sus copias si se pierde este equipo, y nadie puede volver a hacerla.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Backups that were written before stay as they are, and deleted files can be found on the disk until it writes over them: encrypt the disk too.</source>
   <translation>Las copias escritas antes quedan como están, y los archivos borrados pueden encontrarse en el disco hasta que se sobrescriban: cifre también el disco.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt now</source>
   <translation>Cifrar ahora</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Encrypt the cases on this computer</source>
   <translation>Cifrar los casos de este equipo</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Lock it away, not in this computer. Who has it can read the cases. It is not shown again.</source>
   <translation>Guárdela bajo llave, no en este equipo. Quien la tiene puede leer los casos. No se vuelve a mostrar.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Print…</source>
   <translation>Imprimir…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Clave de recuperación</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Save as PDF…</source>
   <translation>Guardar como PDF…</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Show the recovery key</source>
   <translation>Mostrar la clave de recuperación</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>That is not what stands there; read it from your copy again.</source>
   <translation>Eso no es lo que pone; léalo de nuevo en su copia.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>The window closes while it is done, and opens again: about a minute for a thousand images. It can be stopped, and goes on later; nothing is lost.</source>
   <translation>La ventana se cierra mientras tanto y vuelve a abrirse: cerca de un minuto por cada mil imágenes. Se puede detener y continuar después; no se pierde nada.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type group {0} from your copy</source>
   <translation>Escriba el grupo {0} de su copia</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Who then takes the disk or a backup reads nothing. Images open a few thousandths of a second later. Files that you export stay readable for everybody.</source>
   <translation>Quien se lleve entonces el disco o una copia no lee nada. Las imágenes se abren unas milésimas de segundo más tarde. Los archivos que exporta siguen siendo legibles para todos.</translation>
  </message>
 </context>
 <context>
  <name>EncryptionController</name>
  <message>
   <location filename="encryption.py" />
   <source>Choose a folder outside of the program’s own, on another drive at best.</source>
   <translation>Elija una carpeta fuera de las del programa, mejor en otra unidad.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>It cannot be written there; choose another folder.</source>
   <translation>No se puede escribir ahí; elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Save the recovery key on another drive</source>
   <translation>Guardar la clave de recuperación en otra unidad</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are encrypted, and their key is not here.</source>
   <translation>Los casos están cifrados y su clave no está aquí.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>The cases are locked</source>
   <translation>Los casos están bloqueados</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>Type the recovery key…</source>
   <translation>Escribir la clave de recuperación…</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>recovery key</source>
   <translation>clave de recuperación</translation>
  </message>
 </context>
 <context>
  <name>EncryptionPanel</name>
  <message>
   <location filename="encryption_panel.py" />
   <source>Cases, images, reports, the outbox, daily copies and new backups are encrypted. What you export is not.</source>
   <translation>Los casos, las imágenes, los informes, la bandeja de salida, las copias diarias y las nuevas copias de seguridad están cifrados. Lo que exporta no lo está.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Encrypt the cases…</source>
   <translation>Cifrar los casos…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Go on…</source>
   <translation>Continuar…</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Half done: {0} files are still in the clear.</source>
   <translation>A medias: {0} archivos siguen sin cifrar.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Off</source>
   <translation>Desactivado</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>On</source>
   <translation>Activado</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The cases are in a shared database; its server encrypts them.</source>
   <translation>Los casos están en una base de datos compartida; su servidor los cifra.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>The key is in this user’s keyring.</source>
   <translation>La clave está en el llavero de este usuario.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>There is no keyring here: the key is in a file of this user. Encrypt this disk too.</source>
   <translation>Aquí no hay llavero: la clave está en un archivo de este usuario. Cifre también este disco.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Turning encryption off was interrupted; some files are encrypted, others are not.</source>
   <translation>La desactivación del cifrado se interrumpió; unos archivos están cifrados y otros no.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Who takes this computer, its disk or a backup can read the cases.</source>
   <translation>Quien se lleve este equipo, su disco o una copia de seguridad puede leer los casos.</translation>
  </message>
  <message>
   <location filename="encryption_panel.py" />
   <source>Write them in the clear again…</source>
   <translation>Volver a guardarlos sin cifrar…</translation>
  </message>
 </context>
 <context>
  <name>EraseSheet</name>
  <message>
   <location filename="erase_sheet.py" />
   <source>Case {0}</source>
   <translation>Caso {0}</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase a case for good</source>
   <translation>Borrar un caso definitivamente</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Erase for good</source>
   <translation>Borrar definitivamente</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Looking for backups that hold it …</source>
   <translation>Buscando copias de seguridad que lo contienen …</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>No backup of this computer holds it. Look for copies elsewhere yourself.</source>
   <translation>Ninguna copia de seguridad de este equipo lo contiene. Busque usted mismo copias en otros lugares.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Patient, images, findings, labels, signed reports and messages of this case are removed from here, and every word of it in the audit trail. Nobody can bring it back. To take it off the list only, put it away.</source>
   <translation>Se eliminan de aquí el paciente, las imágenes, los hallazgos, las etiquetas, los informes firmados y los mensajes de este caso, y cada palabra suya en el registro de auditoría. Nadie lo puede recuperar. Para quitarlo solo de la lista, apártelo.</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason</source>
   <translation>Motivo</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>Reason; it stays in the audit trail, so write no name and no number</source>
   <translation>Motivo; queda en el registro de auditoría, así que no escriba nombres ni números</translation>
  </message>
  <message>
   <location filename="erase_sheet.py" />
   <source>These backups still hold it; remove them yourself where you must:</source>
   <translation>Estas copias de seguridad aún lo contienen; elimínelas usted mismo donde deba:</translation>
  </message>
 </context>
 <context>
  <name>ErasingController</name>
  <message>
   <location filename="erasing.py" />
   <source>The case is being erased; freed space is overwritten …</source>
   <translation>Se está borrando el caso; el espacio liberado se sobrescribe …</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The case is erased for good.</source>
   <translation>El caso está borrado definitivamente.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The database server may hold freed pages and archives: ask its administrator for VACUUM FULL and to let old archives go.</source>
   <translation>El servidor de la base de datos puede conservar páginas liberadas y archivos históricos: pida a su administrador VACUUM FULL y que elimine los archivos históricos antiguos.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>These backups still hold it: {0}.</source>
   <translation>Estas copias de seguridad aún lo contienen: {0}.</translation>
  </message>
 </context>
 <context>
  <name>ExamplesPart</name>
  <message>
   <location filename="examples_part.py" />
   <source>Cells of the laboratory’s own cases, as people decided them. No patient is named here.</source>
   <translation>Células de los casos del propio laboratorio, como las decidieron personas. Aquí no se nombra a ningún paciente.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Decided: {0}</source>
   <translation>Decidida: {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Go to the cells</source>
   <translation>Ir a las células</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Keep this cell as an example no longer</source>
   <translation>No conservar más esta célula como ejemplo</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Kept: {0}</source>
   <translation>Conservada: {0}</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>No example yet</source>
   <translation>Todavía no hay ejemplos</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>Press K on a cell that you have named: it is kept here, as an example of its class.</source>
   <translation>Pulse K en una célula que haya nombrado: se conserva aquí, como ejemplo de su clase.</translation>
  </message>
  <message>
   <location filename="examples_part.py" />
   <source>a person</source>
   <translation>una persona</translation>
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
   <translation>Elija una carpeta para los archivos {0}</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Export without the patient’s data</source>
   <translation>Exportar sin los datos del paciente</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Nobody has set yet where this goes.</source>
   <translation>Aún no se ha configurado adónde va esto.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Printing page {0} of {1} …</source>
   <translation>Imprimiendo la página {0} de {1} …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Show</source>
   <translation>Mostrar</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The case is in the outbox and is being sent.</source>
   <translation>El caso está en la bandeja de salida y se está enviando.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report is with the printer.</source>
   <translation>El informe está en la impresora.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>The report was not printed; check the printer and try again.</source>
   <translation>El informe no se imprimió; revisar la impresora e intentarlo de nuevo.</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>Writing {0} …</source>
   <translation>Escribiendo {0} …</translation>
  </message>
  <message>
   <location filename="exporting.py" />
   <source>{0} is written.</source>
   <translation>{0} está escrito.</translation>
  </message>
 </context>
 <context>
  <name>FaultReportController</name>
  <message>
   <location filename="fault_reports.py" />
   <source>LeukoScope ended unexpectedly last time; what was saved is there.</source>
   <translation>LeukoScope se cerró de forma inesperada la última vez; lo guardado está ahí.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report</source>
   <translation>Guardar informe</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Save report…</source>
   <translation>Guardar informe…</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Something unexpected happened. Save a report without patient data for your support.</source>
   <translation>Ocurrió algo inesperado. Guarde un informe sin datos de pacientes para su soporte técnico.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>Text (*.txt)</source>
   <translation>Texto (*.txt)</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report cannot be written there; choose another folder.</source>
   <translation>El informe no se puede escribir ahí; elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="fault_reports.py" />
   <source>The report is saved; read it, then send it to your support.</source>
   <translation>El informe está guardado; léalo y envíelo a su soporte técnico.</translation>
  </message>
 </context>
 <context>
  <name>Feeding</name>
  <message>
   <location filename="feeding_words.py" />
   <source>A model that names cells and judges none cannot be tried. It is fed as said above: make sure of it.</source>
   <translation>Un modelo que nombra células y no juzga ninguna no se puede probar. Recibe las células como se dijo arriba: asegurarse de ello.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Checking the file</source>
   <translation>Comprobando el archivo</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Comparing compiled and original</source>
   <translation>Comparando el compilado con el original</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Compiling</source>
   <translation>Compilando</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Finding its branches</source>
   <translation>Buscando sus ramas</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy cells above leukemic ones: what its outputs mean is probably the other way round; choose the other order under “What its outputs mean” and try again.</source>
   <translation>Se alimente como se alimente, pone las células sanas por encima de las leucémicas: lo que significan sus salidas probablemente está al revés; elija el otro orden en «Qué significan sus salidas» y pruebe otra vez.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>However it is fed, it puts healthy drawn cells above leukemic ones: what its outputs mean may be the other way round; try it on labeled cells, and if they say the same, choose the other order above.</source>
   <translation>Se alimente como se alimente, pone las células dibujadas sanas por encima de las leucémicas: quizá lo que significan sus salidas esté al revés; pruébelo con células etiquetadas y, si dicen lo mismo, elija arriba el otro orden.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Installing</source>
   <translation>Instalando</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Loading the model</source>
   <translation>Cargando el modelo</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Looking what it does with samples</source>
   <translation>Viendo qué hace con las muestras</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Only Keras files can be tried. This one is fed as said above: make sure of it.</source>
   <translation>Solo los archivos de Keras se pueden probar. Este recibe sus células como se dijo arriba: asegúrese de que es correcto.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Setting the scale of the maps</source>
   <translation>Fijando la escala de los mapas</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy cells of yours, the proposed way first.</source>
   <translation>Probado con {0} células leucémicas y {1} sanas de usted, la forma propuesta primero.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Tried on {0} leukemic and {1} healthy drawn cells, the proposed way first.</source>
   <translation>Probado con {0} células leucémicas y {1} sanas dibujadas, la forma propuesta primero.</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying the maps</source>
   <translation>Probando los mapas</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>Trying way {0} of {1}</source>
   <translation>Probando la forma {0} de {1}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>divided by {0}</source>
   <translation>dividido por {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>gray</source>
   <translation>gris</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>in its surroundings, {0} of {1} pixels</source>
   <translation>en su entorno, {0} de {1} píxeles</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean and deviation of ImageNet</source>
   <translation>media y desviación de ImageNet</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>mean of ImageNet taken away</source>
   <translation>sin la media de ImageNet</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>minus {0}</source>
   <translation>menos {0}</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>no number</source>
   <translation>ningún número</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on black, {0} of {1} pixels</source>
   <translation>sobre negro, {0} de {1} píxeles</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>on its mean color, {0} of {1} pixels</source>
   <translation>sobre su color medio, {0} de {1} píxeles</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>the whole image</source>
   <translation>la imagen entera</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy drawn cells</source>
   <translation>{0} con {1} células leucémicas y {2} sanas dibujadas</translation>
  </message>
  <message>
   <location filename="feeding_words.py" />
   <source>{0} on {1} leukemic and {2} healthy labeled cells</source>
   <translation>{0} con {1} células leucémicas y {2} sanas etiquetadas</translation>
  </message>
 </context>
 <context>
  <name>FeedingStep</name>
  <message>
   <location filename="feeding_step.py" />
   <source>A folder with one folder for each class</source>
   <translation>Una carpeta con una carpeta por clase</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Around the cell</source>
   <translation>Alrededor de la célula</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds DenseNet (torch)</source>
   <translation>Como hace Keras con DenseNet (torch)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds Inception and MobileNet (tf)</source>
   <translation>Como hace Keras con Inception y MobileNet (tf)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>As Keras feeds VGG and ResNet (caffe)</source>
   <translation>Como hace Keras con VGG y ResNet (caffe)</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>At least 4 pictures of each side, in folders that are named leukemic and healthy, by classes of cells, or as published sets name them. Take cells that the network was not trained on.</source>
   <translation>Al menos 4 imágenes de cada lado, en carpetas llamadas leukemic y healthy, por clases de células, o como las llaman los conjuntos publicados. Use células con las que la red no fue entrenada.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Cells to try it on</source>
   <translation>Células para la prueba</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose folder…</source>
   <translation>Elegir carpeta…</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Choose only what you know of its training; the rest is tried</source>
   <translation>Elija solo lo que sabe de su entrenamiento; el resto se prueba</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells</source>
   <translation>Células dibujadas</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Drawn cells only show which ways fail. Labeled cells of your own find the right one.</source>
   <translation>Las células dibujadas solo muestran qué formas fallan. Sus propias células etiquetadas encuentran la correcta.</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Folder of labeled cells</source>
   <translation>Carpeta de células etiquetadas</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>How cells are fed</source>
   <translation>Cómo recibe las células</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Labeled cells in a folder</source>
   <translation>Células etiquetadas en una carpeta</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Not known: try all</source>
   <translation>No se sabe: probar todo</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>Samples</source>
   <translation>Muestras</translation>
  </message>
  <message>
   <location filename="feeding_step.py" />
   <source>The same network says anything when it is fed otherwise than in its training. Choose what you know; the program tries the rest and proposes a way.</source>
   <translation>La misma red dice cualquier cosa cuando recibe las células de otra forma que en su entrenamiento. Elija lo que sabe; el programa prueba el resto y propone una forma.</translation>
  </message>
 </context>
 <context>
  <name>FhirPanel</name>
  <message>
   <location filename="fhir_panel.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>FHIR server</source>
   <translation>Servidor FHIR</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>File of the sign-in</source>
   <translation>Archivo de acceso</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Holds a token or name:password; may be empty</source>
   <translation>Contiene un token o nombre:contraseña; puede estar vacío</translation>
  </message>
  <message>
   <location filename="fhir_panel.py" />
   <source>Reports leave for it as FHIR R4, by the certificates above. Empty sends nothing.</source>
   <translation>Los informes salen hacia él como FHIR R4, con los certificados de arriba. Vacío no envía nada.</translation>
  </message>
 </context>
 <context>
  <name>FieldList</name>
  <message>
   <location filename="field_list.py" />
   <source>Image {0}, {1}: {2}</source>
   <translation>Imagen {0}, {1}: {2}</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>blurred</source>
   <translation>borrosa</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>failed</source>
   <translation>fallida</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judged</source>
   <translation>evaluada</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>judging…</source>
   <translation>evaluando…</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>no cells</source>
   <translation>sin células</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>stopped</source>
   <translation>detenida</translation>
  </message>
  <message>
   <location filename="field_list.py" />
   <source>waiting</source>
   <translation>en espera</translation>
  </message>
 </context>
 <context>
  <name>FieldStrip</name>
  <message>
   <location filename="field_strip.py" />
   <source>Images of the case</source>
   <translation>Imágenes del caso</translation>
  </message>
  <message>
   <location filename="field_strip.py" />
   <source>Images that are taken appear here.</source>
   <translation>Las imágenes tomadas aparecen aquí.</translation>
  </message>
 </context>
 <context>
  <name>Figures</name>
  <message>
   <location filename="figure_words.py" />
   <source>All figures are as in healthy lymphocytes.</source>
   <translation>Todas las medidas son como en linfocitos sanos.</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Basophilia of the cytoplasm</source>
   <translation>Basofilia del citoplasma</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Cell area</source>
   <translation>Área de la célula</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Chromatin texture</source>
   <translation>Textura de la cromatina</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Diameter</source>
   <translation>Diámetro</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Eccentricity of the nucleus</source>
   <translation>Excentricidad del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Form factor</source>
   <translation>Factor de forma</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Granules in the cytoplasm</source>
   <translation>Gránulos del citoplasma</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Indentation of the nucleus</source>
   <translation>Escotadura del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Lobes of the nucleus</source>
   <translation>Lóbulos del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus area</source>
   <translation>Área del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Nucleus darker than cytoplasm by</source>
   <translation>Núcleo más oscuro que el citoplasma en</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Optical density of the nucleus</source>
   <translation>Densidad óptica del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>Solidity of the nucleus</source>
   <translation>Solidez del núcleo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>high</source>
   <translation>alto</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>low</source>
   <translation>bajo</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>usual {0} to {1}</source>
   <translation>habitual de {0} a {1}</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} more</source>
   <translation>{0} más</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, high</source>
   <translation>{0} {1}, alto</translation>
  </message>
  <message>
   <location filename="figure_words.py" />
   <source>{0} {1}, low</source>
   <translation>{0} {1}, bajo</translation>
  </message>
 </context>
 <context>
  <name>FocusMeter</name>
  <message>
   <location filename="live_meters.py" />
   <source>Focus: {0} % of the best</source>
   <translation>Enfoque: {0} % del mejor</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Not sharp: {0} % of the best so far. Turn the fine focus.</source>
   <translation>No nítido: {0} % de lo mejor hasta ahora. Girar el enfoque fino.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Sharp enough: {0} % of the best so far.</source>
   <translation>Bastante nítido: {0} % de lo mejor hasta ahora.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Turn the fine focus until the bar is longest; the line marks the best so far</source>
   <translation>Gire el enfoque fino hasta que la barra sea más larga; la línea marca lo mejor hasta ahora</translation>
  </message>
 </context>
 <context>
  <name>FormSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Case {0}</source>
   <translation>Caso {0}</translation>
  </message>
 </context>
 <context>
  <name>GroupHeading</name>
  <message>
   <location filename="group_heading.py" />
   <source>Fold these cells away</source>
   <translation>Plegar estas células</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>Show these cells</source>
   <translation>Mostrar estas células</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}</source>
   <translation>{0}, {1}</translation>
  </message>
  <message>
   <location filename="group_heading.py" />
   <source>{0}, {1}, folded</source>
   <translation>{0}, {1}, plegadas</translation>
  </message>
 </context>
 <context>
  <name>HeaderController</name>
  <message>
   <location filename="header_editing.py" />
   <source>Try again</source>
   <translation>Reintentar</translation>
  </message>
 </context>
 <context>
  <name>HeaderForm</name>
  <message>
   <location filename="header_form.py" />
   <source>A case needs a number.</source>
   <translation>Un caso necesita un número.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Case number</source>
   <translation>Número de caso</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Date of birth</source>
   <translation>Fecha de nacimiento</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Notes</source>
   <translation>Notas</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Operator</source>
   <translation>Operador</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient</source>
   <translation>Paciente</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Patient number</source>
   <translation>Número de paciente</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Sex</source>
   <translation>Sexo</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Specimen</source>
   <translation>Muestra</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Stain</source>
   <translation>Tinción</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>Write the date as 1960-12-24.</source>
   <translation>Escribir la fecha como 1960-12-24.</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>female</source>
   <translation>femenino</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>male</source>
   <translation>masculino</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>other</source>
   <translation>otro</translation>
  </message>
  <message>
   <location filename="header_form.py" />
   <source>unknown</source>
   <translation>desconocido</translation>
  </message>
 </context>
 <context>
  <name>HelpPanel</name>
  <message>
   <location filename="help_panel.py" />
   <source>About LeukoScope</source>
   <translation>Acerca de LeukoScope</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>All keys</source>
   <translation>Todas las teclas</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Save fault report…</source>
   <translation>Guardar informe de fallos…</translation>
  </message>
  <message>
   <location filename="help_panel.py" />
   <source>Take the tour</source>
   <translation>Hacer el recorrido</translation>
  </message>
 </context>
 <context>
  <name>HelpSheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Arrows</source>
   <translation>Flechas</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Commands and keys</source>
   <translation>Órdenes y teclas</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Walk through the cells</source>
   <translation>Recorra las células</translation>
  </message>
  <message>
   <location filename="overlay.py" />
   <source>Which map</source>
   <translation>Qué mapa</translation>
  </message>
 </context>
 <context>
  <name>Histogram</name>
  <message>
   <location filename="live_meters.py" />
   <source>Dim: the glass is at {0} % of white. More light or a longer exposure.</source>
   <translation>Oscuro: el vidrio está al {0} % del blanco. Más luz o una exposición más larga.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Histogram</source>
   <translation>Histograma</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>How the light is spread; nothing should stand at the very edges</source>
   <translation>Cómo se reparte la luz; nada debería estar en los extremos</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Light is good: the glass is at {0} % of white.</source>
   <translation>La luz es buena: el vidrio está al {0} % del blanco.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too bright: {0} % is white. Less light or a shorter exposure.</source>
   <translation>Demasiado claro: el {0} % es blanco. Menos luz o una exposición más corta.</translation>
  </message>
  <message>
   <location filename="live_meters.py" />
   <source>Too dark: {0} % is black. More light or a longer exposure.</source>
   <translation>Demasiado oscuro: el {0} % es negro. Más luz o una exposición más larga.</translation>
  </message>
 </context>
 <context>
  <name>ImageBar</name>
  <message>
   <location filename="image_bar.py" />
   <source>1 cell at the margin has no box here: the field beside this one counts it.</source>
   <translation>1 célula del borde no tiene recuadro aquí: la cuenta el campo contiguo.</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>Image {0} of {1}</source>
   <translation>Imagen {0} de {1}</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>could not be read</source>
   <translation>no se pudo leer</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>field</source>
   <translation>campo</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>not calibrated</source>
   <translation>sin calibrar</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>single cell</source>
   <translation>célula individual</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cell</source>
   <translation>{0} célula</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
  <message>
   <location filename="image_bar.py" />
   <source>{0} cells at the margin have no box here: the fields beside this one count them.</source>
   <translation>{0} células del borde no tienen recuadro aquí: las cuentan los campos contiguos.</translation>
  </message>
 </context>
 <context>
  <name>ImageCanvas</name>
  <message>
   <location filename="canvas.py" />
   <source>Image</source>
   <translation>Imagen</translation>
  </message>
  <message>
   <location filename="canvas.py" />
   <source>not calibrated</source>
   <translation>sin calibrar</translation>
  </message>
 </context>
 <context>
  <name>ImageCopyController</name>
  <message>
   <location filename="image_copying.py" />
   <source>It has no scale bar: set the scale (Ctrl+L) to have one.</source>
   <translation>No tiene escala: fijar la escala (Ctrl+L) para tenerla.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save the whole image</source>
   <translation>Guardar la imagen entera</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>Save what is in view</source>
   <translation>Guardar lo visible</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The display is changed; its corner says so.</source>
   <translation>La visualización está cambiada; la esquina de la imagen lo dice.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>The whole image is in the clipboard.</source>
   <translation>La imagen entera está en el portapapeles.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>What is in view is in the clipboard.</source>
   <translation>Lo visible está en el portapapeles.</translation>
  </message>
  <message>
   <location filename="image_copying.py" />
   <source>{0} is written.</source>
   <translation>{0} está escrito.</translation>
  </message>
 </context>
 <context>
  <name>ImportController</name>
  <message>
   <location filename="importing.py" />
   <source>Another case is being opened; add the images again when it is there.</source>
   <translation>Se está abriendo otro caso; añada las imágenes de nuevo cuando esté.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Images ({0});;All files (*)</source>
   <translation>Imágenes ({0});;Todos los archivos (*)</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open a folder of images</source>
   <translation>Abrir una carpeta de imágenes</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Open images</source>
   <translation>Abrir imágenes</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Pasted {0}</source>
   <translation>Pegada {0}</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Review</source>
   <translation>Revisión</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Taken. It is judged now.</source>
   <translation>Tomada. Se está evaluando.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>There is no image to paste; copy an image or image files first.</source>
   <translation>No hay imagen que pegar; copie primero una imagen o archivos de imagen.</translation>
  </message>
  <message>
   <location filename="importing.py" />
   <source>Try again</source>
   <translation>Reintentar</translation>
  </message>
 </context>
 <context>
  <name>ImportForm</name>
  <message>
   <location filename="import_form.py" />
   <source>A file that Keras saved, an exported folder, .onnx, .tflite or .pb</source>
   <translation>Un archivo guardado por Keras, una carpeta exportada, .onnx, .tflite o .pb</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Both stay side by side, and either can judge</source>
   <translation>Ambos quedan uno junto a otro, y cualquiera puede juzgar</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose a model</source>
   <translation>Elija un modelo</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the folder of labeled cells first, or take drawn cells.</source>
   <translation>Elija primero la carpeta de células etiquetadas, o use células dibujadas.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Choose the model file first.</source>
   <translation>Elija primero el archivo del modelo.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Feed the model in each way and see which tells leukemic from healthy cells</source>
   <translation>Dar las células al modelo de cada forma y ver cuál distingue las leucémicas de las sanas</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>From the file name</source>
   <translation>Del nombre del archivo</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import</source>
   <translation>Importar</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Import your own model</source>
   <translation>Importar un modelo propio</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Model file</source>
   <translation>Archivo del modelo</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Models ({0})</source>
   <translation>Modelos ({0})</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Name of the model</source>
   <translation>Nombre del modelo</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>New version of</source>
   <translation>Nueva versión de</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>No other model</source>
   <translation>Ningún otro modelo</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Starting</source>
   <translation>Iniciando</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>The file is checked before anything of it runs, compiled in a process of its own, compared with the original on probe pictures, and only then installed.</source>
   <translation>El archivo se comprueba antes de ejecutar nada de él, se compila en un proceso propio, se compara con el original en imágenes de prueba y solo entonces se instala.</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways</source>
   <translation>Probar las formas</translation>
  </message>
  <message>
   <location filename="import_form.py" />
   <source>Try the ways first: then it is known how cells are fed</source>
   <translation>Pruebe primero las formas: así se sabe cómo recibe las células</translation>
  </message>
 </context>
 <context>
  <name>ImportSheet</name>
  <message>
   <location filename="import_sheet.py" />
   <source>Case number</source>
   <translation>Número de caso</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy all lines, to send them to whoever made the list</source>
   <translation>Copiar todas las líneas para enviarlas a quien hizo la lista</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Copy list</source>
   <translation>Copiar la lista</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Imported list</source>
   <translation>Lista importada</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Line</source>
   <translation>Línea</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>Taken</source>
   <translation>Tomada</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know</source>
   <translation>Lo que hay que saber</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>What to know of the list</source>
   <translation>Lo que hay que saber de la lista</translation>
  </message>
  <message>
   <location filename="import_sheet.py" />
   <source>not taken</source>
   <translation>no tomada</translation>
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <location filename="inspector.py" />
   <source>Cell {0} of {1}</source>
   <translation>Célula {0} de {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Choose a cell to see what the models say of it, and why.</source>
   <translation>Elija una célula para ver qué dicen de ella los modelos, y por qué.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Image quality</source>
   <translation>Calidad de imagen</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Inspector</source>
   <translation>Inspector</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Map</source>
   <translation>Mapa</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Next cell</source>
   <translation>Célula siguiente</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Previous cell</source>
   <translation>Célula anterior</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Shape</source>
   <translation>Forma</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>This cell was judged without maps.</source>
   <translation>Esta célula se juzgó sin mapas.</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>Weak evidence. {0}</source>
   <translation>Indicio débil. {0}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0} chosen: a label goes to all</source>
   <translation>{0} elegidas: una etiqueta para todas</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: for {1}</source>
   <translation>{0}: a favor de {1}</translation>
  </message>
  <message>
   <location filename="inspector.py" />
   <source>{0}: where it looked</source>
   <translation>{0}: dónde miró</translation>
  </message>
 </context>
 <context>
  <name>InstanceLines</name>
  <message>
   <location filename="instance_lines.py" />
   <source>and {0} more objects</source>
   <translation>y {0} objetos más</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: kept by the archive</source>
   <translation>{0}: conservado por el archivo</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: not kept, reason {1}</source>
   <translation>{0}: no conservado, motivo {1}</translation>
  </message>
  <message>
   <location filename="instance_lines.py" />
   <source>{0}: sent</source>
   <translation>{0}: enviado</translation>
  </message>
 </context>
 <context>
  <name>IntervalPlot</name>
  <message>
   <location filename="interval_plot.py" />
   <source>Drawing of the two figures</source>
   <translation>Dibujo de los dos valores</translation>
  </message>
 </context>
 <context>
  <name>JoinedRow</name>
  <message>
   <location filename="joined_row.py" />
   <source>Count 1 cell once</source>
   <translation>Contar 1 célula una sola vez</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Count {0} cells once</source>
   <translation>Contar {0} células una sola vez</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Join overlapping images</source>
   <translation>Unir las imágenes que se solapan</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Lays images that show common places side by side; nothing is changed in the case</source>
   <translation>Coloca juntas las imágenes que muestran zonas comunes; nada cambia en el caso</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>Looking for overlaps…</source>
   <translation>Buscando solapamientos…</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>No two images overlap: nothing can be said of their places.</source>
   <translation>Ninguna imagen se solapa con otra: no puede decirse nada de su posición.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} cells are in several images and counted each time.</source>
   <translation>{0} células están en varias imágenes y se cuentan cada vez.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %), in {2} pieces.</source>
   <translation>{0} imágenes se solapan (concordancia de al menos {1} %), en {2} partes.</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} images overlap (agreement at least {1} %).</source>
   <translation>{0} imágenes se solapan (concordancia de al menos {1} %).</translation>
  </message>
  <message>
   <location filename="joined_row.py" />
   <source>{0} overlap none.</source>
   <translation>{0} no se solapan con ninguna.</translation>
  </message>
 </context>
 <context>
  <name>JudgingQueueController</name>
  <message>
   <location filename="judging_queue.py" />
   <source>1 image is judged again; your labels stay.</source>
   <translation>Se evalúa 1 imagen de nuevo; sus etiquetas se conservan.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Judge case again</source>
   <translation>Evaluar el caso de nuevo</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>Other models judge from now on; case {0} still has the former judgement.</source>
   <translation>Desde ahora evalúan otros modelos; el caso {0} conserva la evaluación anterior.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} images are judged again; your labels stay.</source>
   <translation>Se evalúan {0} imágenes de nuevo; sus etiquetas se conservan.</translation>
  </message>
  <message>
   <location filename="judging_queue.py" />
   <source>{0} stopped images are out of the case.</source>
   <translation>{0} imágenes detenidas se han quitado del caso.</translation>
  </message>
 </context>
 <context>
  <name>LabelKeys</name>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}”</source>
   <translation>Etiquetar esta célula «{0}»</translation>
  </message>
  <message>
   <location filename="label_keys.py" />
   <source>Label this cell “{0}” (key {1})</source>
   <translation>Etiquetar esta célula «{0}» (tecla {1})</translation>
  </message>
 </context>
 <context>
  <name>LabelReadingController</name>
  <message>
   <location filename="label_reading.py" />
   <source>No code was found in this picture. Hold the label flat, large and sharp under the camera.</source>
   <translation>No se encontró ningún código en esta imagen. Sostener la etiqueta plana, grande y nítida bajo la cámara.</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>Open or begin this case</source>
   <translation>Abrir o empezar este caso</translation>
  </message>
  <message>
   <location filename="label_reading.py" />
   <source>The label says {0}.</source>
   <translation>La etiqueta dice {0}.</translation>
  </message>
 </context>
 <context>
  <name>LabelingController</name>
  <message>
   <location filename="labeling.py" />
   <source>Every cell of the case has a person’s label.</source>
   <translation>Cada célula del caso tiene la etiqueta de una persona.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>Every cell that is shown here has a person’s label.</source>
   <translation>Cada célula mostrada aquí tiene la etiqueta de una persona.</translation>
  </message>
  <message>
   <location filename="labeling.py" />
   <source>No unsure cell is left in this group.</source>
   <translation>No queda ninguna célula dudosa en este grupo.</translation>
  </message>
 </context>
 <context>
  <name>Legend</name>
  <message>
   <location filename="map_pair.py" />
   <source>Fixed scale: 0 to the maximum calibrated for this layer, the same for every cell</source>
   <translation>Escala fija: de 0 al máximo calibrado para esta capa, la misma para cada célula</translation>
  </message>
 </context>
 <context>
  <name>LifePart</name>
  <message>
   <location filename="life_part.py" />
   <source>Beside another model</source>
   <translation>Junto a otro modelo</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge labeled cells, sorted as CLASS/PATIENT/file</source>
   <translation>Ambos valoran células etiquetadas, ordenadas como CLASE/PACIENTE/archivo</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Both judge the cells that people decided in reviewed and signed cases</source>
   <translation>Ambos valoran las células decididas por personas en casos revisados y firmados</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Case</source>
   <translation>Caso</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases</source>
   <translation>Casos</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cases: {0}</source>
   <translation>Casos: {0}</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Folder of labeled cells</source>
   <translation>Carpeta de células etiquetadas</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>It has judged no case that is still kept.</source>
   <translation>No ha valorado ningún caso que aún se conserve.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Model to compare with</source>
   <translation>Modelo de comparación</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On a folder…</source>
   <translation>Con una carpeta…</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>On reviewed cases</source>
   <translation>Con casos revisados</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>People say</source>
   <translation>Las personas dicen</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Reading the cells</source>
   <translation>Leyendo las células</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Show the cases it judged</source>
   <translation>Mostrar los casos valorados</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>They differ on {0} of {1} cells; “{2}” is right on {3} of these, “{4}” on {5}.</source>
   <translation>Difieren en {0} de {1} células; «{2}» acierta en {3} de ellas, «{4}» en {5}.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Version</source>
   <translation>Versión</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>Where they differ</source>
   <translation>Dónde difieren</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>and {0} more</source>
   <translation>y {0} más</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} cells judged by both</source>
   <translation>{0} células valoradas por ambos</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>{0} pictures were left out.</source>
   <translation>Se omitieron {0} imágenes.</translation>
  </message>
  <message>
   <location filename="life_part.py" />
   <source>“{0}” beside “{1}”: {2}.</source>
   <translation>«{0}» junto a «{1}»: {2}.</translation>
  </message>
 </context>
 <context>
  <name>LimitsButton</name>
  <message>
   <location filename="cell_limits.py" />
   <source>Highest probability of leukemic</source>
   <translation>Probabilidad máxima de leucémica</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Largest size</source>
   <translation>Tamaño mayor</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limit the cells that are shown</source>
   <translation>Limitar las células mostradas</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Limits hold: fewer cells are shown</source>
   <translation>Hay límites: se muestran menos células</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Longer side of the cell</source>
   <translation>Lado mayor de la célula</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Lowest probability of leukemic</source>
   <translation>Probabilidad mínima de leucémica</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>No limits</source>
   <translation>Sin límites</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Only the image shown</source>
   <translation>Solo la imagen mostrada</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Probability of leukemic</source>
   <translation>Probabilidad de leucémica</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>Smallest size</source>
   <translation>Tamaño menor</translation>
  </message>
  <message>
   <location filename="cell_limits.py" />
   <source>to</source>
   <translation>a</translation>
  </message>
 </context>
 <context>
  <name>LineChoice</name>
  <message>
   <location filename="line_choice.py" />
   <source>Asking…</source>
   <translation>Preguntando…</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Encrypted (TLS)</source>
   <translation>Cifrada (TLS)</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear</source>
   <translation>Sin cifrar</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear by choice: whoever is on the network can read it.</source>
   <translation>Sin cifrar por decisión: quien esté en la red puede leerlo.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>In the clear, as an earlier version left it: encrypt or confirm it.</source>
   <translation>Sin cifrar, como la dejó una versión anterior: cífrela o confírmela.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>Test the connection</source>
   <translation>Probar la conexión</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>The other side’s certificate and name are checked.</source>
   <translation>Se comprueban el certificado y el nombre del otro lado.</translation>
  </message>
  <message>
   <location filename="line_choice.py" />
   <source>This line does not leave this computer.</source>
   <translation>Esta línea no sale de este ordenador.</translation>
  </message>
 </context>
 <context>
  <name>LiveJudging</name>
  <message>
   <location filename="live_judging.py" />
   <source>1 cell</source>
   <translation>1 célula</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>Looking for cells …</source>
   <translation>Buscando células …</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>No white cell is in sight.</source>
   <translation>No hay ningún leucocito a la vista.</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} being judged</source>
   <translation>{0} en evaluación</translation>
  </message>
  <message>
   <location filename="live_judging.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
 </context>
 <context>
  <name>LiveMapCard</name>
  <message>
   <location filename="live_map_card.py" />
   <source>1 gap</source>
   <translation>1 hueco</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>1 place, {0} taken</source>
   <translation>1 lugar, {0} tomados</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begin anew</source>
   <translation>Empezar de nuevo</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Begins an empty map; the case keeps its images</source>
   <translation>Empieza un mapa vacío; el caso conserva sus imágenes</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Follows the camera. A dot marks what is in the case.</source>
   <translation>Sigue a la cámara. Un punto marca lo que está en el caso.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Hold the smear still and in focus: what is seen first begins the map.</source>
   <translation>Mantenga el frotis quieto y enfocado: lo primero que se ve empieza el mapa.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Map of the smear</source>
   <translation>Mapa del frotis</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Moving: what is new is joined when the smear moves slower.</source>
   <translation>En movimiento: lo nuevo se une cuando el frotis se mueve más despacio.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: out of focus. Turn the fine focus until it is sharp.</source>
   <translation>No unido: desenfocado. Gire el enfoque fino hasta que esté nítido.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: the map is full. Begin anew; the case keeps its images.</source>
   <translation>No unido: el mapa está lleno. Empiece de nuevo; el caso conserva sus imágenes.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Not joined: this place overlaps nothing on the map. Move back until the frame appears, or take it to begin another piece.</source>
   <translation>No unido: este lugar no se solapa con nada del mapa. Retroceda hasta que aparezca el marco, o tómelo para empezar otra parte.</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Put the map away; it goes on when it is shown again</source>
   <translation>Guardar el mapa; continúa cuando se vuelve a mostrar</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Take back the last</source>
   <translation>Quitar el último</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>Takes the newest place off the map; the case keeps its images</source>
   <translation>Quita del mapa el lugar más nuevo; el caso conserva sus imágenes</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} gaps</source>
   <translation>{0} huecos</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} pieces</source>
   <translation>{0} partes</translation>
  </message>
  <message>
   <location filename="live_map_card.py" />
   <source>{0} places, {1} taken</source>
   <translation>{0} lugares, {1} tomados</translation>
  </message>
 </context>
 <context>
  <name>LiveMapView</name>
  <message>
   <location filename="live_map_view.py" />
   <source>Map of the smear</source>
   <translation>Mapa del frotis</translation>
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
   <translation>Enmarca las células mientras se mueve la platina y las evalúa con el modelo más rápido; todos evalúan lo que se toma</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Camera</source>
   <translation>Cámara</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Fit</source>
   <translation>Ajustar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Focus</source>
   <translation>Enfoque</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Freeze</source>
   <translation>Congelar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Grid</source>
   <translation>Cuadrícula</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the label under the camera: its code opens the case, or begins it</source>
   <translation>Sostener la etiqueta bajo la cámara: su código abre el caso o lo empieza</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Hold the picture, or let it go on (Space)</source>
   <translation>Congela la imagen o la deja seguir (Espacio)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Joins what the camera sees while the smear is moved by hand, and shows where it is; takes nothing</source>
   <translation>Une lo que ve la cámara mientras el frotis se mueve a mano, y muestra dónde está; no toma nada</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Judge live</source>
   <translation>Evaluar en vivo</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Light</source>
   <translation>Luz</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Lines every 20 µm, or thirds when the scale is not known</source>
   <translation>Líneas cada 20 µm, o tercios si no se conoce la escala</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Make the empty glass in sight white; once more takes it back</source>
   <translation>Hace blanco el vidrio vacío a la vista; otra vez lo deshace</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Map of the smear</source>
   <translation>Mapa del frotis</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Mirror</source>
   <translation>Reflejar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Number of pictures</source>
   <translation>Número de imágenes</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>One camera pixel for one screen pixel</source>
   <translation>Un píxel de cámara por píxel de pantalla</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Picture</source>
   <translation>Imagen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Put this picture into the case; it is judged at once (Enter)</source>
   <translation>Pone esta imagen en el caso; se evalúa enseguida (Intro)</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Read slide label</source>
   <translation>Leer la etiqueta</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Record…</source>
   <translation>Grabar…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Rotate</source>
   <translation>Girar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Scan fields…</source>
   <translation>Escanear campos…</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Seconds between pictures</source>
   <translation>Segundos entre imágenes</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Set white</source>
   <translation>Fijar el blanco</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Show the whole picture</source>
   <translation>Mostrar toda la imagen</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Start</source>
   <translation>Iniciar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take</source>
   <translation>Tomar</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take by itself</source>
   <translation>Tomar automáticamente</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Take fields side by side, where the microscope has a motorized stage</source>
   <translation>Tomar campos contiguos, donde el microscopio tiene una platina motorizada</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture each time the stage comes to rest at a new place in focus</source>
   <translation>Toma una imagen cada vez que la platina se detiene enfocada en un lugar nuevo</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Takes a picture every so many seconds</source>
   <translation>Toma una imagen cada tantos segundos</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Taking</source>
   <translation>Toma</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Time-lapse</source>
   <translation>Intervalos</translation>
  </message>
  <message>
   <location filename="live_panel.py" />
   <source>Write what is seen to a video file</source>
   <translation>Escribe lo que se ve en un archivo de vídeo</translation>
  </message>
 </context>
 <context>
  <name>MaintenanceController</name>
  <message>
   <location filename="maintenance.py" />
   <source>All cases, {0} images and {2} imported models are in “{1}”, and were read back.</source>
   <translation>Todos los casos, {0} imágenes y {2} modelos importados están en «{1}» y se han releído.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>All is well: every row, image and entry of the audit trail is as it was saved.</source>
   <translation>Todo está bien: cada fila, imagen y entrada del registro de auditoría está como se guardó.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Backups (*.zip *.db)</source>
   <translation>Copias de seguridad (*.zip *.db)</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking database, images and audit trail</source>
   <translation>Comprobando base de datos, imágenes y registro de auditoría</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Checking the backup</source>
   <translation>Comprobando la copia</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Imported models that come back: {0}; here already: {1}.</source>
   <translation>Modelos importados que vuelven: {0}; ya aquí: {1}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Now: {0}. Backup: {1}. What is there now is kept beside it.</source>
   <translation>Ahora: {0}. Copia: {1}. Lo que hay ahora se guarda al lado.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Put a backup back</source>
   <translation>Restaurar una copia de seguridad</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Somebody listens at {0}, and the line comes about. No message was sent.</source>
   <translation>Alguien escucha en {0} y la línea se establece. No se envió ningún mensaje.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The DICOM archive answers as {0}.</source>
   <translation>El archivo DICOM responde como {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>The shared database answers: PostgreSQL {0}.</source>
   <translation>La base de datos compartida responde: PostgreSQL {0}.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Write a backup</source>
   <translation>Escribir una copia de seguridad</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>Writing the backup, and reading it back</source>
   <translation>Escribiendo y releyendo la copia</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cannot be read</source>
   <translation>ilegible</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>cases: {0}, images: {1}</source>
   <translation>casos: {0}, imágenes: {1}</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0} And {1} more faults.</source>
   <translation>{0} Y {1} fallos más.</translation>
  </message>
  <message>
   <location filename="maintenance.py" />
   <source>{0}, last changed {1}</source>
   <translation>{0}, último cambio {1}</translation>
  </message>
 </context>
 <context>
  <name>MaintenancePanel</name>
  <message>
   <location filename="maintenance_panel.py" />
   <source>All cases, images and imported models in one file, read back before it counts.</source>
   <translation>Todos los casos, imágenes y modelos importados en un archivo, releído antes de contar.</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Check what is kept</source>
   <translation>Comprobar lo guardado</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Leave it</source>
   <translation>No restaurar</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put a backup back…</source>
   <translation>Restaurar una copia…</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Put it back</source>
   <translation>Restaurarla</translation>
  </message>
  <message>
   <location filename="maintenance_panel.py" />
   <source>Write a backup…</source>
   <translation>Escribir una copia…</translation>
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
   <translation>Colores</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Colors of the map</source>
   <translation>Colores del mapa</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Contour</source>
   <translation>Contorno</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Drawn as</source>
   <translation>Dibujado como</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Evidence for</source>
   <translation>Indicios a favor de</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Healthy</source>
   <translation>Sana</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Heat</source>
   <translation>Calor</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>How the map is drawn</source>
   <translation>Cómo se dibuja el mapa</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Its side</source>
   <translation>Su lado</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Leukemic</source>
   <translation>Leucémica</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity</source>
   <translation>Opacidad</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Opacity of the map</source>
   <translation>Opacidad del mapa</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>Show the map (M)</source>
   <translation>Mostrar el mapa (M)</translation>
  </message>
  <message>
   <location filename="map_options.py" />
   <source>This map speaks neither for leukemic nor for healthy.</source>
   <translation>Este mapa no habla ni a favor de leucémica ni de sana.</translation>
  </message>
 </context>
 <context>
  <name>MapPair</name>
  <message>
   <location filename="map_pair.py" />
   <source>As the models saw it</source>
   <translation>Como la vieron los modelos</translation>
  </message>
  <message>
   <location filename="map_pair.py" />
   <source>In its surroundings</source>
   <translation>En su entorno</translation>
  </message>
  <message>
   <location filename="map_pair.py" />
   <source>max</source>
   <translation>máx</translation>
  </message>
 </context>
 <context>
  <name>MeasureCard</name>
  <message>
   <location filename="measure_card.py" />
   <source>Back to the charts</source>
   <translation>Volver a los gráficos</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Camera and objective</source>
   <translation>Cámara y objetivo</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Close; what is drawn goes</source>
   <translation>Cerrar; lo trazado desaparece</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw a line on the image; Shift keeps it straight.</source>
   <translation>Trazar una línea en la imagen; Mayús la mantiene recta.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw around it with the button held; the outline closes by itself.</source>
   <translation>Trazar alrededor con el botón pulsado; el contorno se cierra solo.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Draw from corner to corner around it; Shift makes a circle.</source>
   <translation>Trazar de esquina a esquina alrededor; Mayús hace un círculo.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Ellipse</source>
   <translation>Elipse</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Folder…</source>
   <translation>Carpeta…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From images: choose them, or drop them here</source>
   <translation>De imágenes: elíjalas o suéltelas aquí</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>From the camera</source>
   <translation>De la cámara</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Image files…</source>
   <translation>Archivos de imagen…</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Length</source>
   <translation>Longitud</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>May be empty: new lamp, slide 3</source>
   <translation>Puede estar vacío: lámpara nueva, portaobjetos 3</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure</source>
   <translation>Medir</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measure control slide</source>
   <translation>Medir portaobjetos de control</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Measuring the control slide</source>
   <translation>Midiendo el portaobjetos de control</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Microscope: camera and objective</source>
   <translation>Microscopio: cámara y objetivo</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Note</source>
   <translation>Nota</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Outline</source>
   <translation>Contorno</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>Put the control slide under the microscope, with the objective and the settings that cases are taken with. Three fields at least, better five; each figure is the median of them.</source>
   <translation>Ponga el portaobjetos de control bajo el microscopio, con el objetivo y los ajustes con que se toman los casos. Al menos tres campos, mejor cinco; cada valor es su mediana.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This image is not calibrated: set the scale (Ctrl+L) to measure in µm.</source>
   <translation>Esta imagen no está calibrada: fijar la escala (Ctrl+L) para medir en µm.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>This outline crosses itself, so it has no one area: draw it again without a crossing.</source>
   <translation>Este contorno se cruza a sí mismo y por eso no tiene un área única: dibújelo de nuevo sin cruce.</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>What is measured</source>
   <translation>Qué se mide</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} around</source>
   <translation>{0} de perímetro</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} of {1} fields</source>
   <translation>{0} de {1} campos</translation>
  </message>
  <message>
   <location filename="measure_card.py" />
   <source>{0} wide, {1} high, {2} around</source>
   <translation>{0} de ancho, {1} de alto, {2} de perímetro</translation>
  </message>
 </context>
 <context>
  <name>Measures</name>
  <message>
   <location filename="measure_words.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Clipping</source>
   <translation>Sobreexposición</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Color</source>
   <translation>Color</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Exposure</source>
   <translation>Exposición</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Focus</source>
   <translation>Enfoque</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Illumination</source>
   <translation>Iluminación</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Motion</source>
   <translation>Movimiento</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Resolution</source>
   <translation>Resolución</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>Stain</source>
   <translation>Tinción</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>White balance</source>
   <translation>Balance de blancos</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>falloff</source>
   <translation>caída al borde</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>levels</source>
   <translation>niveles</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of 255</source>
   <translation>de 255</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>of the pixels</source>
   <translation>de los píxeles</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>px per cell</source>
   <translation>px por célula</translation>
  </message>
  <message>
   <location filename="measure_words.py" />
   <source>saturation</source>
   <translation>saturación</translation>
  </message>
 </context>
 <context>
  <name>MessageBar</name>
  <message>
   <location filename="message_bar.py" />
   <source>Close this message</source>
   <translation>Cerrar este mensaje</translation>
  </message>
 </context>
 <context>
  <name>ModelCard</name>
  <message>
   <location filename="model_card.py" />
   <source>95 % interval</source>
   <translation>intervalo del 95 %</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Back to “{0}”</source>
   <translation>Volver a «{0}»</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card</source>
   <translation>Ficha</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Card of the model</source>
   <translation>Ficha del modelo</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Check the files</source>
   <translation>Comprobar los archivos</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Copy the SHA-256</source>
   <translation>Copiar el SHA-256</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figure</source>
   <translation>Cifra</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Figures on cells it was not trained on</source>
   <translation>Cifras en células con las que no se entrenó</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Healthy below {0}, leukemic above {1}, unsure between.</source>
   <translation>Sana por debajo de {0}, leucémica por encima de {1}, dudosa entre ambas.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>It says what a cell is; whether it is leukemic, it does not judge.</source>
   <translation>Dice qué es una célula; si es leucémica, no lo juzga.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Let the version before judge in its place; it stands in the audit trail</source>
   <translation>Dejar que juzgue la versión anterior en su lugar; consta en el registro</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>No figures come with this model: be careful with it.</source>
   <translation>Este modelo no trae cifras: úselo con cautela.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>This model has no card.</source>
   <translation>Este modelo no tiene ficha.</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Thresholds</source>
   <translation>Umbrales</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>Value</source>
   <translation>Valor</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>What trying its maps showed</source>
   <translation>Lo que mostró la prueba de sus mapas</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>came with the program</source>
   <translation>viene con el programa</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>failed</source>
   <translation>con error</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>imported</source>
   <translation>importado</translation>
  </message>
  <message>
   <location filename="model_card.py" />
   <source>passed</source>
   <translation>superada</translation>
  </message>
 </context>
 <context>
  <name>ModelLife</name>
  <message>
   <location filename="life.py" />
   <source>Comparing was stopped; nothing of it is kept.</source>
   <translation>La comparación se detuvo; no se conserva nada de ella.</translation>
  </message>
 </context>
 <context>
  <name>ModelRow</name>
  <message>
   <location filename="model_row.py" />
   <source>Let this model judge new images</source>
   <translation>Que este modelo juzgue las imágenes nuevas</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>came with the program</source>
   <translation>viene con el programa</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>imported</source>
   <translation>importado</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>version {0}</source>
   <translation>versión {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>with {0}</source>
   <translation>con {0}</translation>
  </message>
  <message>
   <location filename="model_row.py" />
   <source>{0} judges new images</source>
   <translation>{0} juzga las imágenes nuevas</translation>
  </message>
 </context>
 <context>
  <name>ModelsPage</name>
  <message>
   <location filename="model_list.py" />
   <source>Architecture</source>
   <translation>Arquitectura</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>At least one model must judge.</source>
   <translation>Al menos un modelo debe juzgar.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Calibrated on</source>
   <translation>Calibrado con</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Fed</source>
   <translation>Recibe la célula</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import your own model…</source>
   <translation>Importar un modelo propio…</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Maps</source>
   <translation>Mapas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Models</source>
   <translation>Modelos</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No model is installed</source>
   <translation>No hay ningún modelo instalado</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Parameters</source>
   <translation>Parámetros</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Split</source>
   <translation>Partición</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The version before “{0}” judges new images again.</source>
   <translation>La versión anterior a «{0}» vuelve a juzgar las imágenes nuevas.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Ticked models judge new images, each on its own.</source>
   <translation>Los modelos marcados juzgan las imágenes nuevas, cada uno por su cuenta.</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Trained on</source>
   <translation>Entrenado con</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Tried fed so</source>
   <translation>Probado así</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version</source>
   <translation>Versión</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>Version before</source>
   <translation>Versión anterior</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>none</source>
   <translation>ninguno</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>nothing</source>
   <translation>nada</translation>
  </message>
  <message>
   <location filename="model_list.py" />
   <source>{0}, {1} cells</source>
   <translation>{0}, {1} células</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed, and judges only when you write down why: look at its card.</source>
   <translation>«{0}» está instalado, y solo juzga si usted escribe por qué: vea su ficha.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” is installed. Tick it to let it judge.</source>
   <translation>«{0}» está instalado. Márquelo para que juzgue.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>“{0}” judges new images; the reason is in the audit trail.</source>
   <translation>«{0}» juzga las imágenes nuevas; la razón está en el registro de auditoría.</translation>
  </message>
 </context>
 <context>
  <name>MosaicController</name>
  <message>
   <location filename="mosaics.py" />
   <source>{0} cells that other images show too are counted once.</source>
   <translation>{0} células que también muestran otras imágenes se cuentan una sola vez.</translation>
  </message>
 </context>
 <context>
  <name>NameBar</name>
  <message>
   <location filename="name_bar.py" />
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>This is me</source>
   <translation>Soy yo</translation>
  </message>
  <message>
   <location filename="name_bar.py" />
   <source>Your name</source>
   <translation>Su nombre</translation>
  </message>
 </context>
 <context>
  <name>NamingCard</name>
  <message>
   <location filename="naming_card.py" />
   <source>Else: {0}</source>
   <translation>Si no: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>Not named, most like: {0}</source>
   <translation>Sin nombre, más bien: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 del modelo: {0}</translation>
  </message>
  <message>
   <location filename="naming_card.py" />
   <source>version {0}</source>
   <translation>versión {0}</translation>
  </message>
 </context>
 <context>
  <name>NotificationController</name>
  <message>
   <location filename="notifications.py" />
   <source>Add anyway</source>
   <translation>Añadir de todos modos</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Opening the cases</source>
   <translation>Abriendo los casos</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>Show</source>
   <translation>Mostrar</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images are in this case already; they are left out.</source>
   <translation>{0} imágenes ya están en este caso; se omiten.</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>{0} images could not be judged. The first: {1}</source>
   <translation>No se pudieron juzgar {0} imágenes. La primera: {1}</translation>
  </message>
  <message>
   <location filename="notifications.py" />
   <source>“{0}” is the same image as “{1}”; it is left out.</source>
   <translation>«{0}» es la misma imagen que «{1}»; se omite.</translation>
  </message>
 </context>
 <context>
  <name>ObjectivesList</name>
  <message>
   <location filename="objectives_list.py" />
   <source>Add…</source>
   <translation>Añadir…</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Images that do not say their own scale are measured by their red cells (7.5 µm). Better: photograph a stage micrometer, open the picture, and choose “Set scale…” there.</source>
   <translation>Las imágenes que no indican su escala se miden por sus glóbulos rojos (7,5 µm). Mejor: fotografíe un micrómetro de platina, abra la imagen y elija allí «Fijar escala…».</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Not known: from red cells</source>
   <translation>Desconocido: por los glóbulos rojos</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Objective in use</source>
   <translation>Objetivo en uso</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>computed from objective and camera</source>
   <translation>calculada a partir de objetivo y cámara</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>measured on a stage micrometer</source>
   <translation>medida con un micrómetro de platina</translation>
  </message>
  <message>
   <location filename="objectives_list.py" />
   <source>{0} µm/px, {1}. Holds for new images that do not say their own scale.</source>
   <translation>{0} µm/px, {1}. Vale para imágenes nuevas que no indican su escala.</translation>
  </message>
 </context>
 <context>
  <name>OpenCase</name>
  <message>
   <location filename="open_case.py" />
   <source>{0} of {1} cells stay as they are: {2}</source>
   <translation>{0} de {1} células quedan como están: {2}</translation>
  </message>
 </context>
 <context>
  <name>OpinionCard</name>
  <message>
   <location filename="opinion_card.py" />
   <source>Distance from the training cells: {0} of the limit</source>
   <translation>Distancia a las células de entrenamiento: {0} del límite</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>SHA-256 of the model: {0}</source>
   <translation>SHA-256 del modelo: {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Show the map “{0}” (key {1})</source>
   <translation>Mostrar el mapa «{0}» (tecla {1})</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>Unsure, leans to {0}</source>
   <translation>Dudosa, se inclina a {0}</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>too far</source>
   <translation>demasiado lejos</translation>
  </message>
  <message>
   <location filename="opinion_card.py" />
   <source>version {0}</source>
   <translation>versión {0}</translation>
  </message>
 </context>
 <context>
  <name>OrderImportController</name>
  <message>
   <location filename="order_import.py" />
   <source>Orders of the list: {0}.</source>
   <translation>Peticiones de la lista: {0}.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>Show the lines</source>
   <translation>Mostrar las líneas</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>The list changes nothing here.</source>
   <translation>La lista no cambia nada aquí.</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} cancelled</source>
   <translation>{0} anuladas</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} changed</source>
   <translation>{0} cambiadas</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} new</source>
   <translation>{0} nuevas</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} not taken</source>
   <translation>{0} no tomadas</translation>
  </message>
  <message>
   <location filename="order_import.py" />
   <source>{0} there already</source>
   <translation>{0} ya presentes</translation>
  </message>
 </context>
 <context>
  <name>OrdersInController</name>
  <message>
   <location filename="orders_in.py" />
   <source>Orders of the hospital’s system need a person: {0}.</source>
   <translation>Peticiones del sistema del hospital que necesitan a una persona: {0}.</translation>
  </message>
  <message>
   <location filename="orders_in.py" />
   <source>Show messages</source>
   <translation>Mostrar los mensajes</translation>
  </message>
 </context>
 <context>
  <name>OrdersPanel</name>
  <message>
   <location filename="orders_panel.py" />
   <source>Asks the DICOM worklist.</source>
   <translation>Consulta la lista de trabajo DICOM.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Choose folder…</source>
   <translation>Elegir carpeta…</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Files of orders are taken from there</source>
   <translation>De ahí se toman los archivos de peticiones</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Its certificate and key</source>
   <translation>Su certificado y su clave</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Last message: {0}.</source>
   <translation>Último mensaje: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on (HL7)</source>
   <translation>Escucha en (HL7)</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, encrypted.</source>
   <translation>Escucha en {0}, cifrado.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Listens on {0}, in the clear.</source>
   <translation>Escucha en {0}, sin cifrar.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Need a person: {0}.</source>
   <translation>Necesitan a una persona: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Off: orders come only from lists that somebody imports.</source>
   <translation>Desactivado: las peticiones solo llegan de listas que alguien importa.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM of their certificates; empty: everybody</source>
   <translation>PEM de sus certificados; vacío: todos</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>PEM; for encrypted lines</source>
   <translation>PEM; para líneas cifradas</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Refused: {0}.</source>
   <translation>Rechazados: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Show messages</source>
   <translation>Mostrar los mensajes</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>To be carried out: {0}.</source>
   <translation>Por ejecutar: {0}.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watched folder</source>
   <translation>Carpeta vigilada</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Watches the folder.</source>
   <translation>Vigila la carpeta.</translation>
  </message>
  <message>
   <location filename="orders_panel.py" />
   <source>Who may call</source>
   <translation>Quién puede llamar</translation>
  </message>
 </context>
 <context>
  <name>OrdersSheet</name>
  <message>
   <location filename="orders_sheet.py" />
   <source>Begin case</source>
   <translation>Comenzar caso</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Came</source>
   <translation>Llegó</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Case number</source>
   <translation>Número de caso</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Dismiss</source>
   <translation>Descartar</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>From</source>
   <translation>De</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Message</source>
   <translation>Mensaje</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Nothing was refused, and nothing needs a person.</source>
   <translation>No se rechazó nada y nada necesita a una persona.</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Number of a new case</source>
   <translation>Número de un caso nuevo</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Orders that need a person</source>
   <translation>Peticiones que necesitan a una persona</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>Reason to dismiss it</source>
   <translation>Motivo para descartarlo</translation>
  </message>
  <message>
   <location filename="orders_sheet.py" />
   <source>What to know</source>
   <translation>Qué saber</translation>
  </message>
 </context>
 <context>
  <name>OutboxPanel</name>
  <message>
   <location filename="outbox_panel.py" />
   <source>Failed {0}</source>
   <translation>Error {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Not sent, {0}</source>
   <translation>No enviado, {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Outbox</source>
   <translation>Bandeja de salida</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent and kept by the archive {0}</source>
   <translation>Enviado y conservado por el archivo el {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent {0}</source>
   <translation>Enviado {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Sent; the archive has not said yet that it keeps it</source>
   <translation>Enviado; el archivo aún no ha dicho que lo conserva</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Take back</source>
   <translation>Retirar</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Try again now</source>
   <translation>Reintentar ahora</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Wait no longer for the archive</source>
   <translation>No esperar más al archivo</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting</source>
   <translation>En espera</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>Waiting; next try at {0}</source>
   <translation>En espera; próximo intento a las {0}</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>and {0} more</source>
   <translation>y {0} más</translation>
  </message>
  <message>
   <location filename="outbox_panel.py" />
   <source>{0} · in the clear</source>
   <translation>{0} · sin cifrar</translation>
  </message>
 </context>
 <context>
  <name>OverviewCard</name>
  <message>
   <location filename="overview_card.py" />
   <source>1 image tells no place.</source>
   <translation>1 imagen no indica su lugar.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Close the overview</source>
   <translation>Cerrar la vista general</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Images of other cameras, days or folders lie elsewhere: they are not mixed</source>
   <translation>Las imágenes de otras cámaras, días o carpetas están en otro lugar: no se mezclan</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Its size on the slide is not known</source>
   <translation>No se conoce su tamaño en el portaobjetos</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>No image of this case tells its place on the slide. Open OME-TIFF or TIFF files as the microscope saved them, or take images through Micro-Manager with a motorized stage.</source>
   <translation>Ninguna imagen de este caso indica su lugar en el portaobjetos. Abra archivos OME-TIFF o TIFF tal como los guardó el microscopio, o tome imágenes mediante Micro-Manager con una platina motorizada.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Overview</source>
   <translation>Vista general</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Place: x {0} mm, y {1} mm</source>
   <translation>Lugar: x {0} mm, y {1} mm</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Placed by its overlap</source>
   <translation>Situada por su solapamiento</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Point at an image; the arrow keys go from one to the next.</source>
   <translation>Señale una imagen; las flechas van de una a otra.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>This case has no images yet.</source>
   <translation>Este caso aún no tiene imágenes.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>Which images are shown</source>
   <translation>Qué imágenes se muestran</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>by their overlap</source>
   <translation>según su solapamiento</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>no name</source>
   <translation>sin nombre</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} images tell no place.</source>
   <translation>{0} imágenes no indican su lugar.</translation>
  </message>
  <message>
   <location filename="overview_card.py" />
   <source>{0} of {1}: {2}</source>
   <translation>{0} de {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>OverviewLegend</name>
  <message>
   <location filename="overview_legend.py" />
   <source>An image has the sign of what needs a person first: unsure, leukemic, healthy</source>
   <translation>Una imagen lleva el signo de lo que primero necesita a una persona: dudosa, leucémica, sana</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Cell shown</source>
   <translation>Célula mostrada</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>Image shown</source>
   <translation>Imagen mostrada</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>No cells, or not judged</source>
   <translation>Sin células o sin evaluar</translation>
  </message>
  <message>
   <location filename="overview_legend.py" />
   <source>What the signs mean</source>
   <translation>Qué significan los signos</translation>
  </message>
 </context>
 <context>
  <name>OverviewMap</name>
  <message>
   <location filename="overview_map.py" />
   <source>Images in their places on the slide</source>
   <translation>Imágenes en sus lugares en el portaobjetos</translation>
  </message>
 </context>
 <context>
  <name>OwnModel</name>
  <message>
   <location filename="own_model.py" />
   <source>The import was stopped; nothing was installed.</source>
   <translation>La importación se detuvo; no se instaló nada.</translation>
  </message>
  <message>
   <location filename="own_model.py" />
   <source>Trying was stopped; nothing was installed.</source>
   <translation>La prueba se detuvo; no se instaló nada.</translation>
  </message>
 </context>
 <context>
  <name>PeoplePanel</name>
  <message>
   <location filename="people_panel.py" />
   <source>Add person</source>
   <translation>Añadir persona</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Administrator</source>
   <translation>Administrador</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>By the groups of the hospital’s directory</source>
   <translation>Según los grupos del directorio del hospital</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Close account</source>
   <translation>Cerrar la cuenta</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Lock the screen after</source>
   <translation>Bloquear la pantalla tras</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Open account</source>
   <translation>Abrir la cuenta</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password again</source>
   <translation>Repetir contraseña</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Password, at least 10 characters</source>
   <translation>Contraseña, al menos 10 caracteres</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>People sign in with a password</source>
   <translation>Las personas inician sesión con contraseña</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Reviewer</source>
   <translation>Revisor</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role</source>
   <translation>Función</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Role of {0}</source>
   <translation>Función de {0}</translation>
  </message>
  <message>
   <location filename="audit_words.py" />
   <source>Technician</source>
   <translation>Técnico</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>The two passwords differ; write the password again.</source>
   <translation>Las dos contraseñas difieren; escriba la contraseña de nuevo.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Who decided a cell cannot sign its case</source>
   <translation>Quien decidió una célula no puede firmar su caso</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the administrator’s name and password below first, then turn this on.</source>
   <translation>Escriba primero abajo el nombre y la contraseña del administrador; después active esto.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>Write the password twice.</source>
   <translation>Escriba la contraseña dos veces.</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>never</source>
   <translation>nunca</translation>
  </message>
  <message>
   <location filename="people_panel.py" />
   <source>{0} is administrator: write name and password below, then turn this on.</source>
   <translation>{0} es administrador: escriba abajo el nombre y la contraseña; después active esto.</translation>
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
   <translation>Empezar</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by anyone</source>
   <translation>Decididas por cualquiera</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by me</source>
   <translation>Decididas por mí</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Decided by others</source>
   <translation>Decididas por otros</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Go on: {0} of {1}, {2}</source>
   <translation>Continuar: {0} de {1}, {2}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>How many cells</source>
   <translation>Cuántas células</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Name cells of reviewed cases once more, without seeing what was said before. How far people agree is shown here, and kept in the audit trail.</source>
   <translation>Nombre otra vez células de casos revisados, sin ver lo que se dijo antes. El acuerdo entre las personas se muestra aquí y se guarda en la pista de auditoría.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>No re-read yet</source>
   <translation>Todavía no hay relecturas</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Practice: tell after each cell</source>
   <translation>Práctica: decir tras cada célula</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Re-reads</source>
   <translation>Relecturas</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Read decided cells once more. Neither the program’s opinion nor the earlier label is shown.</source>
   <translation>Lea otra vez células decididas. No se muestran ni la opinión del programa ni la etiqueta anterior.</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>The same {0} cells as {1}</source>
   <translation>Las mismas {0} células que {1}</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>Whose decisions</source>
   <translation>Decisiones de quién</translation>
  </message>
  <message>
   <location filename="people_part.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
 </context>
 <context>
  <name>PreviewPane</name>
  <message>
   <location filename="preview.py" />
   <source>As wide as the window</source>
   <translation>Tan ancho como la ventana</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Larger (Ctrl+wheel)</source>
   <translation>Más grande (Ctrl+rueda)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Next page (Page Down)</source>
   <translation>Página siguiente (Av Pág)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page before (Page Up)</source>
   <translation>Página anterior (Re Pág)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Page {0} of {1}</source>
   <translation>Página {0} de {1}</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Smaller (Ctrl+wheel)</source>
   <translation>Más pequeño (Ctrl+rueda)</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>The report as it prints</source>
   <translation>El informe tal como se imprime</translation>
  </message>
  <message>
   <location filename="preview.py" />
   <source>Whole page</source>
   <translation>Página entera</translation>
  </message>
 </context>
 <context>
  <name>ProbabilityBar</name>
  <message>
   <location filename="probability_bar.py" />
   <source>Probability of leukemic {0}; unsure between {1} and {2}</source>
   <translation>Probabilidad de leucémica {0}; dudosa entre {1} y {2}</translation>
  </message>
 </context>
 <context>
  <name>ProfilesPanel</name>
  <message>
   <location filename="profiles_panel.py" />
   <source>Damaged or changed by hand, and left out: {0}. Save it again where it was made.</source>
   <translation>Dañado o modificado a mano, y omitido: {0}. Guárdelo de nuevo donde se hizo.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to the shipped models</source>
   <translation>Volver a los modelos incluidos</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Go back to {0}</source>
   <translation>Volver a {0}</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>None yet: begin with the cells, on the right.</source>
   <translation>Ninguno aún: empiece por las células, a la derecha.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Site profiles</source>
   <translation>Perfiles del laboratorio</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Speaks now</source>
   <translation>Habla ahora</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Take a profile from a file…</source>
   <translation>Perfil desde un archivo…</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach anew</source>
   <translation>Enseñar de nuevo</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>Teach the program your own microscope, see what that is worth, and let it speak.</source>
   <translation>Enseñe al programa su propio microscopio, vea cuánto vale y actívelo.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>The shipped models</source>
   <translation>Los modelos incluidos</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>They may be worth teaching anew.</source>
   <translation>Puede valer la pena enseñar de nuevo.</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>speaks now</source>
   <translation>habla ahora</translation>
  </message>
  <message>
   <location filename="profiles_panel.py" />
   <source>{0} cells were corrected since {1} was taught.</source>
   <translation>Se han corregido {0} células desde que se enseñó {1}.</translation>
  </message>
 </context>
 <context>
  <name>Program</name>
  <message>
   <location filename="program.py" />
   <source>Imported models that came back: {0}.</source>
   <translation>Modelos importados que han vuelto: {0}.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Every case can be opened; go on in the settings when there is time.</source>
   <translation>Detenido. Todos los casos se pueden abrir; continúe en los ajustes cuando haya tiempo.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>Stopped. Nothing was changed.</source>
   <translation>Detenido. No se cambió nada.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The backup is in the place of the cases; what was there is kept beside it.</source>
   <translation>La copia está en el lugar de los casos; lo que había se guarda al lado.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are encrypted.</source>
   <translation>Los casos están cifrados.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The cases are in the clear again.</source>
   <translation>Los casos vuelven a estar sin cifrar.</translation>
  </message>
  <message>
   <location filename="program.py" />
   <source>The language changes as soon as what runs now is done.</source>
   <translation>El idioma cambia en cuanto termine lo que está en marcha.</translation>
  </message>
 </context>
 <context>
  <name>ProofCard</name>
  <message>
   <location filename="proof_card.py" />
   <source>0 to 1</source>
   <translation>0 a 1</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Back to the patients left out</source>
   <translation>Volver a los pacientes dejados fuera</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Compare with {0}, which speaks now</source>
   <translation>Comparar con {0}, que habla ahora</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Each look is counted: a test that is looked at often is none any more.</source>
   <translation>Cada consulta se cuenta: una prueba que se mira a menudo deja de serlo.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Figure</source>
   <translation>Medida</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Gain</source>
   <translation>Ganancia</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Go on: activate</source>
   <translation>Continuar: activar</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Intervals of 95 % are over patients.</source>
   <translation>Los intervalos del 95 % son sobre pacientes.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Locked part</source>
   <translation>Parte reservada</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Look at the locked patients</source>
   <translation>Consultar los pacientes reservados</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>No patient is locked away: with fewer than six of a class, all are needed.</source>
   <translation>Ningún paciente está reservado: con menos de seis por clase, todos hacen falta.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped</source>
   <translation>Incluidos</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>Shipped ○</source>
   <translation>Incluidos ○</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>To look, choose the cells again in the first step.</source>
   <translation>Para consultarlos, elija de nuevo las células en el primer paso.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>What each class was called (rows: people’s word)</source>
   <translation>Cómo se llamó cada clase (filas: la palabra de las personas)</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile</source>
   <translation>Con el perfil</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>With the profile ●</source>
   <translation>Con el perfil ●</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at once</source>
   <translation>consultados una vez</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>looked at {0} times</source>
   <translation>consultados {0} veces</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>nobody has looked yet</source>
   <translation>nadie los ha consultado aún</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0} patients are locked away, and no teaching ever sees them: {1}.</source>
   <translation>{0} pacientes están reservados y ninguna enseñanza los ve nunca: {1}.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: by leaving patients out, beside the shipped models on the same cells.</source>
   <translation>{0}: dejando pacientes fuera, junto a los modelos incluidos en las mismas células.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>{0}: on {1} cells of {2} locked patients, which no teaching has seen.</source>
   <translation>{0}: en {1} células de {2} pacientes reservados, que ninguna enseñanza ha visto.</translation>
  </message>
  <message>
   <location filename="proof_card.py" />
   <source>○ is {0}, which speaks now.</source>
   <translation>○ es {0}, que habla ahora.</translation>
  </message>
 </context>
 <context>
  <name>Purpose</name>
  <message>
   <location filename="purpose.py" />
   <source>Decision support for research and evaluation, not a medical device.</source>
   <translation>Apoyo a la decisión para investigación y evaluación, no es un producto sanitario.</translation>
  </message>
 </context>
 <context>
  <name>Quality</name>
  <message>
   <location filename="quality_words.py" />
   <source>1 more cell</source>
   <translation>1 célula más</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking the shipped models: {0} of {1} cells</source>
   <translation>Preguntando a los modelos incluidos: {0} de {1} células</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Asking with the profile: {0} of {1} cells</source>
   <translation>Preguntando con el perfil: {0} de {1} células</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Balanced accuracy</source>
   <translation>Exactitud equilibrada</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than the shipped models on patients that it had not seen.</source>
   <translation>Mejor que los modelos incluidos, en pacientes que no había visto.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Better than {0}, which speaks now, on the locked patients.</source>
   <translation>Mejor que {0}, que habla ahora, en los pacientes reservados.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Calibration error (ECE), smaller is better</source>
   <translation>Error de calibración (ECE), menor es mejor</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Classes</source>
   <translation>Clases</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Keeping the profile</source>
   <translation>Guardando el perfil</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Learning from all: {0} of {1}</source>
   <translation>Aprendiendo de todos: {0} de {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leaving patients out and asking about theirs: {0} of {1}</source>
   <translation>Dejando pacientes fuera y preguntando por ellos: {0} de {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Leukemic or healthy</source>
   <translation>Leucémica o sana</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Neither</source>
   <translation>Ninguno</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than the shipped models on patients that it had not seen.</source>
   <translation>No mejor que los modelos incluidos, en pacientes que no había visto.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>No better than {0}, which speaks now, on the locked patients.</source>
   <translation>No mejor que {0}, que habla ahora, en los pacientes reservados.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells</source>
   <translation>Leyendo las células</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Reading the cells: {0}</source>
   <translation>Leyendo las células: {0}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Right among the decided</source>
   <translation>Correctas entre las decididas</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Sensitivity</source>
   <translation>Sensibilidad</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Share decided</source>
   <translation>Proporción decidida</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Specificity</source>
   <translation>Especificidad</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few cells or patients to tell whether it is better than the shipped models.</source>
   <translation>Muy pocas células o pacientes para decir si es mejor que los modelos incluidos.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>Too few locked cells or patients to tell whether it is better than {0}.</source>
   <translation>Demasiado pocas células o pacientes reservados para decir si es mejor que {0}.</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>better</source>
   <translation>mejor</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>case {0}, image {1}</source>
   <translation>caso {0}, imagen {1}</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>no better</source>
   <translation>no mejor</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>not known</source>
   <translation>desconocido</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>too few to tell</source>
   <translation>muy pocas para decirlo</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} ({1} to {2})</source>
   <translation>{0} ({1} a {2})</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} cells of {1} patients</source>
   <translation>{0} células de {1} pacientes</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells</source>
   <translation>{0} células más</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of 1 more patient</source>
   <translation>{0} células más de 1 paciente más</translation>
  </message>
  <message>
   <location filename="quality_words.py" />
   <source>{0} more cells of {1} more patients</source>
   <translation>{0} células más de {1} pacientes más</translation>
  </message>
 </context>
 <context>
  <name>QualityPage</name>
  <message>
   <location filename="page.py" />
   <source>1  Cells</source>
   <translation>1  Células</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>2  Teach</source>
   <translation>2  Enseñar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>3  Proof</source>
   <translation>3  Prueba</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>4  Activate</source>
   <translation>4  Activar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Begin with the cells</source>
   <translation>Empezar por las células</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Control diario</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop a folder of labeled cells, or a site profile</source>
   <translation>Suelte una carpeta de células etiquetadas o un perfil del laboratorio</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Drop images of a control slide to measure them</source>
   <translation>Suelte imágenes de un portaobjetos de control para medirlas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Examples</source>
   <translation>Ejemplos</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name some cells first; what they teach is proven and shown here.</source>
   <translation>Nombre primero algunas células; lo que enseñan se prueba y se muestra aquí.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No profile yet</source>
   <translation>Aún no hay perfil</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Parts of the page</source>
   <translation>Partes de la página</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Quality</source>
   <translation>Calidad</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Steps</source>
   <translation>Pasos</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Teaching</source>
   <translation>Enseñanza</translation>
  </message>
 </context>
 <context>
  <name>QualityPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>Can be judged, with care</source>
   <translation>Se puede juzgar, con cautela</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Good enough to be judged</source>
   <translation>Suficientemente buena para juzgarla</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not good enough to be judged</source>
   <translation>Insuficiente para juzgarla</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not measured</source>
   <translation>No medido</translation>
  </message>
 </context>
 <context>
  <name>Rail</name>
  <message>
   <location filename="rail.py" />
   <source>Pages</source>
   <translation>Páginas</translation>
  </message>
 </context>
 <context>
  <name>RankingNote</name>
  <message>
   <location filename="cell_orders.py" />
   <source>Comparing cells: {0} of {1}</source>
   <translation>Comparando células: {0} de {1}</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Finding out which cells teach most</source>
   <translation>Averiguando qué células enseñan más</translation>
  </message>
  <message>
   <location filename="cell_orders.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
 </context>
 <context>
  <name>ReadingCard</name>
  <message>
   <location filename="reading_card.py" />
   <source>Cell {0} of {1}: what is the one in the middle?</source>
   <translation>Célula {0} de {1}: ¿qué es la del centro?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Go on later</source>
   <translation>Seguir más tarde</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Next cell</source>
   <translation>Célula siguiente</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>Practice, cell {0} of {1}: what is the one in the middle?</source>
   <translation>Práctica, célula {0} de {1}: ¿qué es la del centro?</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>The cell to name</source>
   <translation>La célula por nombrar</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>You: {0}. {1} had decided: {2}. The program: {3}, {4}.</source>
   <translation>Usted: {0}. {1} había decidido: {2}. El programa: {3}, {4}.</translation>
  </message>
  <message>
   <location filename="reading_card.py" />
   <source>no class</source>
   <translation>ninguna clase</translation>
  </message>
 </context>
 <context>
  <name>ReasonLine</name>
  <message>
   <location filename="reason_line.py" />
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>It does not tell leukemic from healthy cells as it is fed: {0}. It judges only with a reason.</source>
   <translation>De la forma en que recibe las células no distingue las leucémicas de las sanas: {0}. Solo juzga con una razón.</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Let it judge</source>
   <translation>Dejar que juzgue</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>The reason goes into the audit trail; then the model judges new images</source>
   <translation>La razón va al registro de auditoría; después el modelo juzga las imágenes nuevas</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Why this model is to judge all the same</source>
   <translation>Por qué este modelo debe juzgar a pesar de ello</translation>
  </message>
  <message>
   <location filename="reason_line.py" />
   <source>Write the reason…</source>
   <translation>Escribir la razón…</translation>
  </message>
 </context>
 <context>
  <name>Recording</name>
  <message>
   <location filename="recording.py" />
   <source>End recording</source>
   <translation>Terminar la grabación</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record</source>
   <translation>Grabar</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Record…</source>
   <translation>Grabar…</translation>
  </message>
  <message>
   <location filename="recording.py" />
   <source>Video (*.avi *.mp4)</source>
   <translation>Vídeo (*.avi *.mp4)</translation>
  </message>
 </context>
 <context>
  <name>RecordingLight</name>
  <message>
   <location filename="recording_light.py" />
   <source>Recording, {0}</source>
   <translation>Grabación, {0}</translation>
  </message>
 </context>
 <context>
  <name>RecoverSheet</name>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Open the cases</source>
   <translation>Abrir los casos</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Recovery key</source>
   <translation>Clave de recuperación</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>These cases are encrypted, and their key is not on this computer, or its keyring is locked. Type the recovery key from the paper or file that was made when they were encrypted: 12 groups, in capitals or not.</source>
   <translation>Estos casos están cifrados y su clave no está en este equipo, o su llavero está bloqueado. Escriba la clave de recuperación del papel o del archivo que se hizo al cifrarlos: 12 grupos, en mayúsculas o no.</translation>
  </message>
  <message>
   <location filename="encryption_sheet.py" />
   <source>Type the recovery key</source>
   <translation>Escriba la clave de recuperación</translation>
  </message>
 </context>
 <context>
  <name>RecoveryPaper</name>
  <message>
   <location filename="recovery_paper.py" />
   <source>It cannot be made again.</source>
   <translation>No se puede volver a hacer.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Lock this page away. Who has it can read the cases and their backups.</source>
   <translation>Guarde esta página bajo llave. Quien la tiene puede leer los casos y sus copias.</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>Recovery key of the cases</source>
   <translation>Clave de recuperación de los casos</translation>
  </message>
  <message>
   <location filename="recovery_paper.py" />
   <source>When the computer is lost, or its keyring: install LeukoScope, put the data folder or a backup back, and type this key when the program asks for it.</source>
   <translation>Si se pierde el equipo o su llavero: instale LeukoScope, devuelva la carpeta de datos o una copia y escriba esta clave cuando el programa la pida.</translation>
  </message>
 </context>
 <context>
  <name>Report</name>
  <message>
   <location filename="cards.py" />
   <source>(program: {said})</source>
   <translation>(programa: {said})</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % Wilson intervals.</source>
   <translation>intervalos de Wilson del 95 %.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>95 % interval</source>
   <translation>Intervalo del 95 %</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>95 % interval {low} to {high} %</source>
   <translation>intervalo del 95 %: {low} a {high} %</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>A map shows evidence for the side the model leans to, on a scale that is the same for every cell: from nothing to a top that was fixed for each map when the model was made. Little color means little evidence.</source>
   <translation>Un mapa muestra los indicios a favor del lado hacia el que se inclina el modelo, en una escala que es la misma para cada célula: desde nada hasta un máximo que se fijó para cada mapa al crear el modelo. Poco color significa pocos indicios.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>A person has decided {n} of {total} cells; their label counts.</source>
   <translation>Una persona ha decidido {n} de {total} células; su etiqueta es la que cuenta.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>A probability is calibrated on the data named beside each model. On slides, stains and cameras unlike those data it can be wrong with great confidence; “unlike the training data” catches many such cells, not all.</source>
   <translation>Una probabilidad está calibrada con los datos indicados junto a cada modelo. Con preparaciones, tinciones y cámaras distintas de esos datos puede equivocarse con mucha seguridad; «distinta de los datos de entrenamiento» detecta muchas de esas células, no todas.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Agreement of the models</source>
   <translation>Acuerdo de los modelos</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Todas las imágenes de este caso las dibujó el propio LeukoScope: un campo de sangre normal, otro con blastos y células sueltas. Pruebe las teclas; no se puede romper nada.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Amended; earlier reports stay.</source>
   <translation>Enmendado; los informes anteriores se conservan.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Amendments</source>
   <translation>Enmiendas</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>And {n} more; the table lists them all.</source>
   <translation>Y {n} más; la tabla las enumera todas.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Artifacts</source>
   <translation>Artefactos</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Basophils</source>
   <translation>Basófilos</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Begun</source>
   <translation>Abierto</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Blasts</source>
   <translation>Blastos</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Blasts among the mononuclear cells: {n} of {total}, {percent} (95 % interval {low} to {high} %).</source>
   <translation>Blastos entre las células mononucleares: {n} de {total}, {percent} (intervalo del 95 % de {low} a {high} %).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Blue of empty glass</source>
   <translation>Azul del vidrio vacío</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Calibration</source>
   <translation>Calibración</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Case</source>
   <translation>Caso</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Case {number}</source>
   <translation>Caso {number}</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell</source>
   <translation>Célula</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cell {n}</source>
   <translation>Célula {n}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Cells are shown as the models saw them: cut out, on black, at the scale of the training images.</source>
   <translation>Las células se muestran como las vieron los modelos: recortadas, sobre negro, a la escala de las imágenes de entrenamiento.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Cells drawn by a person: {drawn}. Cells taken out by a person: {removed}.</source>
   <translation>Células dibujadas por una persona: {drawn}. Células quitadas por una persona: {removed}.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Cells with the look of blasts; a second person and immunophenotyping shall confirm them.</source>
   <translation>Células con aspecto de blastos; a confirmar por una segunda persona y por inmunofenotipo.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Cells {first} to {last}</source>
   <translation>Células {first} a {last}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Class</source>
   <translation>Clase</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Clipping</source>
   <translation>Sobreexposición</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Color</source>
   <translation>Color</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Conclusion</source>
   <translation>Conclusión</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Contrast</source>
   <translation>Contraste</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Counted</source>
   <translation>Contado</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Date and signature</source>
   <translation>Fecha y firma</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Date of birth and sex</source>
   <translation>Fecha de nacimiento y sexo</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Decided {label} by {name}, {moment}; the program says {said}.</source>
   <translation>{name} decidió {label}, {moment}; el programa dice {said}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Decision support, not a medical device</source>
   <translation>Apoyo a la decisión, no es un producto sanitario</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Demo, not a person</source>
   <translation>Demo, no es una persona</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Diameter of red cells</source>
   <translation>Diámetro de los glóbulos rojos</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Differential</source>
   <translation>Fórmula leucocitaria</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Differential within the usual range; no cell with the look of a blast among the counted cells.</source>
   <translation>Fórmula dentro del rango habitual; ninguna célula con aspecto de blasto entre las contadas.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Distance from known cells</source>
   <translation>Distancia a células conocidas</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Distance from the training cells: {share} of the limit.</source>
   <translation>Distancia a las células de entrenamiento: {share} del límite.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Drawn by {name}, {moment}.</source>
   <translation>Dibujada por {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>Drawn smear</source>
   <translation>Frotis dibujado</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Each model gives a calibrated probability that the cell is leukemic, 0 to 1. The bar shows it as the shape of the model’s own verdict; the amber stretch is the unsure band.</source>
   <translation>Cada modelo da una probabilidad calibrada de que la célula sea leucémica, de 0 a 1. La barra la muestra con la forma del veredicto del propio modelo; el tramo ámbar es la banda de duda.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Earlier cases of this patient</source>
   <translation>Casos anteriores de este paciente</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Eosinophils</source>
   <translation>Eosinófilos</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Erythroblasts</source>
   <translation>Eritroblastos</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Erythroblasts in the blood.</source>
   <translation>Eritroblastos en la sangre.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Erythroblasts: {n} for 100 white cells (95 % interval {low} to {high}).</source>
   <translation>Eritroblastos: {n} por 100 leucocitos (intervalo del 95 % de {low} a {high}).</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Evidence for the model’s leaning, fixed scale:</source>
   <translation>Indicios a favor del modelo, escala fija:</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Exposure</source>
   <translation>Exposición</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Fewer than {n} white cells were counted: the percentages say little.</source>
   <translation>Se contaron menos de {n} leucocitos: los porcentajes dicen poco.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Fields</source>
   <translation>Campos</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band.</source>
   <translation>Cifras: probabilidad calibrada de leucémica, 0 a 1. Ámbar: banda de duda.</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Focus</source>
   <translation>Enfoque</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Healthy</source>
   <translation>Sana</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>How to read this report</source>
   <translation>Cómo leer este informe</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Illumination</source>
   <translation>Iluminación</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Image quality</source>
   <translation>Calidad de imagen</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: good.</source>
   <translation>Calidad de imagen: buena.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: not good enough.</source>
   <translation>Calidad de imagen: insuficiente.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Image quality: warning.</source>
   <translation>Calidad de imagen: advertencia.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Immature granulocytes</source>
   <translation>Granulocitos inmaduros</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Immature granulocytes in the blood (left shift).</source>
   <translation>Granulocitos inmaduros en la sangre (desviación izquierda).</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Imported by the user; nothing is known of its training.</source>
   <translation>Importado por el usuario; no se sabe nada de su entrenamiento.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>Bajo control; límites {low} a {high}.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>It judges single white blood cells in stained smears under bright-field microscopy. It does not judge other stains, other cells, bone marrow architecture, or a patient.</source>
   <translation>Juzga glóbulos blancos individuales en frotis teñidos con microscopía de campo claro. No juzga otras tinciones, otras células, la arquitectura de la médula ósea ni a un paciente.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic</source>
   <translation>Leucémica</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>Leukemic among all cells of each case, with 95 % Wilson intervals, as the cases stand today.</source>
   <translation>Leucémicas entre todas las células de cada caso, con intervalos de Wilson del 95 %, según el estado actual de los casos.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>LeukoScope is decision support for research and evaluation. It is not a medical device, and nothing in this report is a medical finding by itself: a qualified person looks at the cells and decides.</source>
   <translation>LeukoScope es un apoyo a la decisión para investigación y evaluación. No es un producto sanitario, y nada en este informe es por sí mismo un hallazgo médico: una persona cualificada mira las células y decide.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Light of empty glass</source>
   <translation>Luz del vidrio vacío</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Lymphocytes</source>
   <translation>Linfocitos</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Lymphocytes predominate; their look is that of mature cells.</source>
   <translation>Predominan los linfocitos; su aspecto es el de células maduras.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Mature neutrophils predominate.</source>
   <translation>Predominan los neutrófilos maduros.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>May-Grünwald-Giemsa (drawn)</source>
   <translation>May-Grünwald-Giemsa (dibujado)</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Microscope</source>
   <translation>Microscopio</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Models</source>
   <translation>Modelos</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Models, how to read this report, and its limits</source>
   <translation>Modelos, cómo leer este informe y sus límites</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Monocytes</source>
   <translation>Monocitos</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Most often: {advice}</source>
   <translation>Lo más frecuente: {advice}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Motion</source>
   <translation>Movimiento</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>N:C</source>
   <translation>N:C</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Network</source>
   <translation>Red</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Neutrophils</source>
   <translation>Neutrófilos</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>No cell is unsure by the program’s judgment.</source>
   <translation>Ninguna célula es dudosa según el programa.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No cell was judged in this case.</source>
   <translation>No se juzgó ninguna célula en este caso.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>No font on this computer has these characters; they are printed as empty boxes: {codes}.</source>
   <translation>Ninguna fuente de este equipo tiene estos caracteres; se imprimen como recuadros vacíos: {codes}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>No person has decided on any cell yet: these are the program’s labels.</source>
   <translation>Aún nadie ha decidido sobre ninguna célula: estas son las etiquetas del programa.</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>No relevant change against the earlier cases of this patient.</source>
   <translation>Sin cambios relevantes respecto a los casos anteriores de este paciente.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>No white cells</source>
   <translation>No son leucocitos</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Not counted: {what}.</source>
   <translation>No se contaron: {what}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Not named</source>
   <translation>Sin nombre</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Note</source>
   <translation>Nota</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Notes</source>
   <translation>Notas</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Number</source>
   <translation>Número</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>On stains, cameras and specimens unlike its training data it can be wrong with great confidence. A qualified person looks at the cells and decides.</source>
   <translation>Con tinciones, cámaras y muestras distintas de sus datos de entrenamiento puede equivocarse con gran seguridad. Una persona cualificada mira las células y decide.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Opened again</source>
   <translation>Abierto de nuevo</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Operator</source>
   <translation>Operador</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Other class</source>
   <translation>Otra clase</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Fuera de control ({rules}); límites {low} a {high}.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Page {page}</source>
   <translation>Página {page}</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Page {page} of {pages}</source>
   <translation>Página {page} de {pages}</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient</source>
   <translation>Paciente</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Patient number</source>
   <translation>Número de paciente</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>People’s corrections</source>
   <translation>Correcciones de personas</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>Percent</source>
   <translation>Por ciento</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Please compare with the complete blood count.</source>
   <translation>Comparar con el hemograma completo.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: amended by {name}, {moment}, and not signed since.</source>
   <translation>Preliminar: enmendado por {name}, {moment}, y no firmado desde entonces.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: every cell has been looked at, and nobody has signed this report yet.</source>
   <translation>Preliminar: se ha revisado cada célula y nadie ha firmado aún este informe.</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Preliminary: nobody has signed this report.</source>
   <translation>Preliminar: nadie ha firmado este informe.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program</source>
   <translation>Programa</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Program and people</source>
   <translation>Programa y personas</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>Proof of the content</source>
   <translation>Prueba del contenido</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Quality control</source>
   <translation>Control de calidad</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Reason: {reason}</source>
   <translation>Motivo: {reason}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Red of empty glass</source>
   <translation>Rojo del vidrio vacío</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>Resolution</source>
   <translation>Resolución</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>Result</source>
   <translation>Resultado</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Reviewed by</source>
   <translation>Revisado por</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Rules</source>
   <translation>Reglas</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Runs</source>
   <translation>Series</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Scale</source>
   <translation>Escala</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>Shape, against healthy lymphocytes: {figures}.</source>
   <translation>Forma, frente a linfocitos sanos: {figures}.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Share of unsure cells</source>
   <translation>Proporción de células inseguras</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>Shares are given with their number of cells and a 95 % Wilson interval. The interval counts the chance of drawing these cells; it does not count the errors of the models.</source>
   <translation>Las proporciones se dan con su número de células y un intervalo de Wilson del 95 %. El intervalo cuenta el azar de haber tomado estas células; no cuenta los errores de los modelos.</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>Signatures</source>
   <translation>Firmas</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Signed by {name}, {moment}.</source>
   <translation>Firmado por {name}, {moment}.</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>Size</source>
   <translation>Tamaño</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smear or stain of limited quality; a new smear is recommended.</source>
   <translation>Frotis o tinción de calidad limitada; se recomienda un nuevo frotis.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>Smudge cells</source>
   <translation>Sombras nucleares</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Smudge cells; the count is uncertain.</source>
   <translation>Sombras nucleares; el recuento es incierto.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Specimen</source>
   <translation>Muestra</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>Stain</source>
   <translation>Tinción</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of nuclei</source>
   <translation>Tinción de los núcleos</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Stain of red cells</source>
   <translation>Tinción de los glóbulos rojos</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>Summary</source>
   <translation>Resumen</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Taken out by {name}, {moment}: {image}, {width} × {height} px at {x}, {y}; the program says {said}.</source>
   <translation>Quitada por {name}, {moment}: {image}, {width} × {height} px en {x}, {y}; el programa dice {said}.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Temperature {temperature}, bias {bias}; {fitted_on}</source>
   <translation>Temperatura {temperature}, sesgo {bias}; {fitted_on}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>The audit trail ended with {trail} when this was printed.</source>
   <translation>El registro terminaba en {trail} cuando se imprimió esto.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies above the unsure band.</source>
   <translation>La probabilidad combinada de leucémica está por encima de la banda de duda.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The combined probability of leukemic lies below the unsure band.</source>
   <translation>La probabilidad combinada de leucémica está por debajo de la banda de duda.</translation>
  </message>
  <message>
   <location filename="content.py" />
   <source>The maps show where in the picture a model’s opinion comes from. They do not show what the cell is, and a convincing map does not make an opinion right.</source>
   <translation>Los mapas muestran de qué parte de la imagen viene la opinión de un modelo. No muestran qué es la célula, y un mapa convincente no hace correcta una opinión.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models agree.</source>
   <translation>Los modelos coinciden.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cell.</source>
   <translation>Los modelos se inclinan a lados distintos en {n} célula.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The models lean to different sides on {n} cells.</source>
   <translation>Los modelos se inclinan a lados distintos en {n} células.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>The models lean to different sides.</source>
   <translation>Los modelos se inclinan a lados distintos.</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>The program does not guess: a person looks at the cell. The reason stands beside it.</source>
   <translation>El programa no adivina: una persona mira la célula. El motivo está al lado.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>The program judges single cells in the images of this case. It does not know the patient’s history, other findings, marrow, immunophenotype or genetics, and not what lies outside the images.</source>
   <translation>El programa juzga células individuales en las imágenes de este caso. No conoce los antecedentes, otros hallazgos, la médula, el inmunofenotipo ni la genética, ni lo que queda fuera de las imágenes.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>The program said, and what counts now</source>
   <translation>Lo que dijo el programa y lo que cuenta ahora</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>This SHA-256 is made of everything the report says of the case: images, cells, opinions, labels, signatures and amendments. The QR code on the first page holds it. If the case says otherwise today, its SHA-256 is another one.</source>
   <translation>Este SHA-256 se calcula de todo lo que el informe dice del caso: imágenes, células, opiniones, etiquetas, firmas y enmiendas. El código QR de la primera página lo contiene. Si hoy el caso dice otra cosa, su SHA-256 es otro.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>This version is no longer installed; its card is not at hand.</source>
   <translation>Esta versión ya no está instalada; su ficha no está disponible.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Thresholds</source>
   <translation>Umbrales</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope audit verify --printed {trail}</source>
   <translation>Para comparar: leukoscope audit verify --printed {trail}</translation>
  </message>
  <message>
   <location filename="content_code.py" />
   <source>To compare: leukoscope export NUMBER --fingerprint</source>
   <translation>Para comparar: leukoscope export NÚMERO --fingerprint</translation>
  </message>
  <message>
   <location filename="phrases.py" />
   <source>Too few white cells for a reliable differential; a new smear is recommended.</source>
   <translation>Muy pocos leucocitos para una fórmula fiable; se recomienda un nuevo frotis.</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>Trained on {n} cells of {name}.</source>
   <translation>Entrenado con {n} células de {name}.</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>Training</source>
   <translation>Entrenamiento</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>Unsure</source>
   <translation>Dudosa</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>Unsure: {reasons}.</source>
   <translation>Dudosa: {reasons}.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>What the program cannot know</source>
   <translation>Lo que el programa no puede saber</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>What this is and is not for</source>
   <translation>Para qué sirve y para qué no</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>When</source>
   <translation>Cuándo</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>White balance</source>
   <translation>Balance de blancos</translation>
  </message>
  <message>
   <location filename="pdf.py" />
   <source>White blood cell report</source>
   <translation>Informe de glóbulos blancos</translation>
  </message>
  <message>
   <location filename="report_header.py" />
   <source>White blood cells judged by machine, to support the people who decide. Not a medical device.</source>
   <translation>Glóbulos blancos juzgados por una máquina, para apoyar a quienes deciden. No es un producto sanitario.</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>Who</source>
   <translation>Quién</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>Why cells are unsure</source>
   <translation>Por qué hay células dudosas</translation>
  </message>
  <message>
   <location filename="about.py" />
   <source>Written {moment} by {software}.</source>
   <translation>Escrito el {moment} por {software}.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>artifact</source>
   <translation>artefacto</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>basophil</source>
   <translation>basófilo</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>blast</source>
   <translation>blasto</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>cell area</source>
   <translation>área de la célula</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>chromatin texture</source>
   <translation>textura de la cromatina</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>cut off by the edge: {n}</source>
   <translation>cortadas por el borde: {n}</translation>
  </message>
  <message>
   <location filename="control_sheet.py" />
   <source>decision support, not a medical device</source>
   <translation>apoyo a la decisión, no es un producto sanitario</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>diameter</source>
   <translation>diámetro</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>eosinophil</source>
   <translation>eosinófilo</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>erythroblast</source>
   <translation>eritroblasto</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>erythroblasts: {n}</source>
   <translation>eritroblastos: {n}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>falloff</source>
   <translation>caída al borde</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>female</source>
   <translation>femenino</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>form factor</source>
   <translation>factor de forma</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>four runs in a row are more than 1 standard deviation away, on the same side</source>
   <translation>cuatro mediciones seguidas están a más de 1 desviación estándar, del mismo lado</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>good: {n}</source>
   <translation>buenas: {n}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>healthy below {low}, leukemic above {high}, unsure between</source>
   <translation>sana por debajo de {low}, leucémica por encima de {high}, dudosa entre ambas</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image good.</source>
   <translation>imagen buena.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not good enough to be judged.</source>
   <translation>imagen insuficiente para juzgarla.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image not readable.</source>
   <translation>imagen ilegible.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>image quality</source>
   <translation>calidad de imagen</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>image usable, with a warning.</source>
   <translation>imagen utilizable, con una advertencia.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images good.</source>
   <translation>imágenes buenas.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images in this case.</source>
   <translation>imágenes en este caso.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not good enough to be judged.</source>
   <translation>imágenes insuficientes para juzgarlas.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images not readable.</source>
   <translation>imágenes ilegibles.</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>images usable, with a warning.</source>
   <translation>imágenes utilizables, con una advertencia.</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>immature granulocyte</source>
   <translation>granulocito inmaduro</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>in clusters: {n}</source>
   <translation>en cúmulos: {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>inside unsure band</source>
   <translation>dentro de la banda de duda</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>leans {side}</source>
   <translation>más bien {side}</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>levels</source>
   <translation>niveles</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>lobes</source>
   <translation>lóbulos</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>lymphocyte</source>
   <translation>linfocito</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>male</source>
   <translation>masculino</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>maximum</source>
   <translation>máximo</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>models disagree</source>
   <translation>los modelos discrepan</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>monocyte</source>
   <translation>monocito</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cell</source>
   <translation>n = {n} célula</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>n = {n} cells</source>
   <translation>n = {n} células</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} on</source>
   <translation>nombra una célula a partir de una probabilidad de {low}</translation>
  </message>
  <message>
   <location filename="models.py" />
   <source>names a cell from a probability of {low} to {high} on, by its class</source>
   <translation>nombra una célula a partir de una probabilidad de {low} a {high}, según su clase</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>neutrophil</source>
   <translation>neutrófilo</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>no white cell</source>
   <translation>no es un glóbulo blanco</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>no white cells: {n}</source>
   <translation>no son leucocitos: {n}</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not calibrated</source>
   <translation>sin calibrar</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>not good enough</source>
   <translation>insuficiente</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not good enough: {n}</source>
   <translation>insuficientes: {n}</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>not named</source>
   <translation>sin nombrar</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>not readable: {n}</source>
   <translation>ilegibles: {n}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>nucleus area</source>
   <translation>área del núcleo</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of 255</source>
   <translation>de 255</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>of the pixels</source>
   <translation>de los píxeles</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>of two runs in a row one is more than 2 standard deviations above and one below</source>
   <translation>de dos mediciones seguidas, una está más de 2 desviaciones estándar por encima y otra por debajo</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>of {n}</source>
   <translation>de {n}</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>one run is more than 3 standard deviations from the mean</source>
   <translation>una medición está a más de 3 desviaciones estándar de la media</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>other</source>
   <translation>otro</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>precursor</source>
   <translation>precursora</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary</source>
   <translation>preliminar</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>preliminary: amended, not signed since</source>
   <translation>preliminar: enmendado, no firmado desde entonces</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>px per cell</source>
   <translation>px por célula</translation>
  </message>
  <message>
   <location filename="measures.py" />
   <source>saturation</source>
   <translation>saturación</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>see below</source>
   <translation>véase abajo</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>sensitivity</source>
   <translation>sensibilidad</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>sex unknown</source>
   <translation>sexo desconocido</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>smudge cell</source>
   <translation>sombra de Gumprecht</translation>
  </message>
  <message>
   <location filename="report_models.py" />
   <source>specificity</source>
   <translation>especificidad</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>ten runs in a row are on the same side of the mean</source>
   <translation>diez mediciones seguidas están del mismo lado de la media</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>this case</source>
   <translation>este caso</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>two runs in a row are more than 2 standard deviations away, on the same side</source>
   <translation>dos mediciones seguidas están a más de 2 desviaciones estándar, del mismo lado</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike any known cell</source>
   <translation>no se parece a ninguna célula conocida</translation>
  </message>
  <message>
   <location filename="naming.py" />
   <source>unlike known mononuclear cells</source>
   <translation>no se parece a las células mononucleares conocidas</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>warning</source>
   <translation>advertencia</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>with a warning: {n}</source>
   <translation>con aviso: {n}</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>with: {advice}</source>
   <translation>con: {advice}</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, high</source>
   <translation>{figure}, alto</translation>
  </message>
  <message>
   <location filename="shape.py" />
   <source>{figure}, low</source>
   <translation>{figure}, bajo</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{images} and {cells}</source>
   <translation>{images} y {cells}</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{low} to {high} %</source>
   <translation>{low} a {high} %</translation>
  </message>
  <message>
   <location filename="signatures.py" />
   <source>{meaning} (earlier report)</source>
   <translation>{meaning} (informe anterior)</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>{missing} of {runs} runs are missing until there are limits.</source>
   <translation>Faltan {missing} de {runs} series para tener límites.</translation>
  </message>
  <message>
   <location filename="first_page.py" />
   <source>{models}. Their thresholds and figures stand on the last pages.</source>
   <translation>{models}. Sus umbrales y cifras están en las últimas páginas.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name} remarks: “{text}”</source>
   <translation>{name} comenta: «{text}»</translation>
  </message>
  <message>
   <location filename="layout.py" />
   <source>{name} signed an earlier report, {moment}.</source>
   <translation>{name} firmó un informe anterior, {moment}.</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{name}: {label}, {moment}; program: {said}.</source>
   <translation>{name}: {label}, {moment}; programa: {said}.</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{number}, not signed</source>
   <translation>{number}, sin firmar</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cell</source>
   <translation>{n} célula</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} cells</source>
   <translation>{n} células</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{n} deciding cells of {total}</source>
   <translation>{n} células decisivas de {total}</translation>
  </message>
  <message>
   <location filename="earlier.py" />
   <source>{n} earlier ones are not listed.</source>
   <translation>{n} anteriores no figuran.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} image</source>
   <translation>{n} imagen</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} image not judged</source>
   <translation>{n} imagen sin juzgar</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} images</source>
   <translation>{n} imágenes</translation>
  </message>
  <message>
   <location filename="summary.py" />
   <source>{n} images not judged</source>
   <translation>{n} imágenes sin juzgar</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} more cells would make every percentage certain within 3 %.</source>
   <translation>Con {n} células más, cada porcentaje sería seguro con un margen del 3 %.</translation>
  </message>
  <message>
   <location filename="differential.py" />
   <source>{n} of {total} cells were counted, by a person’s label, else by the program’s; a person has labeled {labeled} of them.</source>
   <translation>Se contaron {n} de {total} células, por la etiqueta de una persona o, si no, la del programa; una persona etiquetó {labeled} de ellas.</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} year</source>
   <translation>{n} año</translation>
  </message>
  <message>
   <location filename="facts.py" />
   <source>{n} years</source>
   <translation>{n} años</translation>
  </message>
  <message>
   <location filename="fields.py" />
   <source>{n} µm per pixel</source>
   <translation>{n} µm por píxel</translation>
  </message>
  <message>
   <location filename="cards.py" />
   <source>{title}: weak evidence</source>
   <translation>{title}: indicio débil</translation>
  </message>
 </context>
 <context>
  <name>ReportPage</name>
  <message>
   <location filename="page.py" />
   <source>Choose one on the Worklist; its report stands here.</source>
   <translation>Elija uno en la lista de trabajo; su informe aparecerá aquí.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Export PDF…</source>
   <translation>Exportar PDF…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>In brackets: 95 % interval (Wilson).</source>
   <translation>Entre paréntesis: intervalo del 95 % (Wilson).</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>It appears here in a moment.</source>
   <translation>Aparecerá aquí en un momento.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the pages</source>
   <translation>Componiendo las páginas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laying out the preview</source>
   <translation>Preparando la vista previa</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Making the message</source>
   <translation>Preparando el mensaje</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>More ways out</source>
   <translation>Más formatos</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>No case is open</source>
   <translation>No hay ningún caso abierto</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing to report yet</source>
   <translation>Aún no hay nada que informar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images; the report is made of what is found in them.</source>
   <translation>Abra imágenes; el informe se hace con lo que se encuentra en ellas.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Open images…</source>
   <translation>Abrir imágenes…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Preview</source>
   <translation>Vista previa</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Print…</source>
   <translation>Imprimir…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Send to the hospital’s system</source>
   <translation>Enviar al sistema del hospital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Show the preview</source>
   <translation>Mostrar la vista previa</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>The report is being laid out</source>
   <translation>El informe se está preparando</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>There is no preview</source>
   <translation>No hay vista previa</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This case has {0} cells; a preview of them takes a moment.</source>
   <translation>Este caso tiene {0} células; la vista previa tarda un momento.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Try again</source>
   <translation>Reintentar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the PDF</source>
   <translation>Escribiendo el PDF</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Writing the file</source>
   <translation>Escribiendo el archivo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>cell {0} of {1}</source>
   <translation>célula {0} de {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>no patient written yet</source>
   <translation>aún sin paciente</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} labeled by a person.</source>
   <translation>{0} etiquetadas por una persona.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>{0} of the images could not be judged; the report says why.</source>
   <translation>{0} de las imágenes no se pudieron juzgar; el informe dice por qué.</translation>
  </message>
 </context>
 <context>
  <name>ReportPanel</name>
  <message>
   <location filename="report_panel.py" />
   <source>All cells</source>
   <translation>Todas las células</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>As shipped</source>
   <translation>Como de fábrica</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Conclusion</source>
   <translation>Conclusión</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells</source>
   <translation>Células decisivas</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Deciding cells are those named otherwise by a person, unsure and leukemic ones, 48 at most.</source>
   <translation>Son decisivas las que una persona nombró de otro modo, las inciertas y las leucémicas, 48 como máximo.</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Differential</source>
   <translation>Fórmula leucocitaria</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Down</source>
   <translation>Abajo</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Drag a part to another place; a part without a tick is left out</source>
   <translation>Arrastrar una parte a otro lugar; sin marca se omite</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Earlier cases of the patient</source>
   <translation>Casos anteriores del paciente</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Image quality</source>
   <translation>Calidad de imagen</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Keep phrases</source>
   <translation>Guardar las frases</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Leukemic, healthy, unsure</source>
   <translation>Leucémica, sana, incierta</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>None</source>
   <translation>Ninguna</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Offer again what the program comes with, in the language of reports</source>
   <translation>Ofrecer de nuevo lo que trae el programa, en el idioma de los informes</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Parts of the first page, in their order</source>
   <translation>Partes de la primera página, en su orden</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Phrases of the program</source>
   <translation>Frases del programa</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Pictures and maps of cells</source>
   <translation>Imágenes y mapas de células</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Signatures</source>
   <translation>Firmas</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Standard phrases, one in each line</source>
   <translation>Frases estándar, una por línea</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Stands on every report</source>
   <translation>Figura en todos los informes</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>Up</source>
   <translation>Arriba</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>What the program cannot know</source>
   <translation>Lo que el programa no puede saber</translation>
  </message>
  <message>
   <location filename="report_panel.py" />
   <source>{0} (always)</source>
   <translation>{0} (siempre)</translation>
  </message>
 </context>
 <context>
  <name>RereadController</name>
  <message>
   <location filename="rereads.py" />
   <source>All {0} cells are read.</source>
   <translation>Se leyeron las {0} células.</translation>
  </message>
 </context>
 <context>
  <name>ReviewEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>Add the first images</source>
   <translation>Añada las primeras imágenes</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Drop image files or folders here, paste an image, or open them.</source>
   <translation>Suelte aquí archivos o carpetas de imágenes, pegue una imagen o ábralos.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case is open</source>
   <translation>No hay ningún caso abierto</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images to start a new case, or choose one on the Worklist. You can also drop images here.</source>
   <translation>Abra imágenes para comenzar un caso nuevo o elija uno en la lista de trabajo. También puede soltar imágenes aquí.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Open images…</source>
   <translation>Abrir imágenes…</translation>
  </message>
 </context>
 <context>
  <name>RunBar</name>
  <message>
   <location filename="charts_view.py" />
   <source>Leave this run out</source>
   <translation>Omitir esta medición</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count</source>
   <translation>Por qué la medición no cuenta</translation>
  </message>
  <message>
   <location filename="charts_view.py" />
   <source>Why the run does not count: oil on the slide</source>
   <translation>Por qué la medición no cuenta: aceite en el portaobjetos</translation>
  </message>
 </context>
 <context>
  <name>SavingSheet</name>
  <message>
   <location filename="saving_sheet.py" />
   <source>1 change is being written.</source>
   <translation>Se está escribiendo 1 cambio.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Close without saving</source>
   <translation>Cerrar sin guardar</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Keep the window open</source>
   <translation>Dejar la ventana abierta</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>Saving …</source>
   <translation>Guardando …</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>The window closes by itself as soon as this is done. Without saving, these changes are lost.</source>
   <translation>La ventana se cierra sola en cuanto termine. Sin guardar, estos cambios se pierden.</translation>
  </message>
  <message>
   <location filename="saving_sheet.py" />
   <source>{0} changes are being written.</source>
   <translation>Se están escribiendo {0} cambios.</translation>
  </message>
 </context>
 <context>
  <name>ScaleForm</name>
  <message>
   <location filename="scale_form.py" />
   <source>100× oil</source>
   <translation>100× inmersión</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Adapter</source>
   <translation>Adaptador</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Also for the images of this case</source>
   <translation>También para las imágenes de este caso</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera adapter</source>
   <translation>Adaptador de cámara</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Camera pixel</source>
   <translation>Píxel de cámara</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Check it: a red cell is then about {0} pixels wide.</source>
   <translation>Compruébelo: un glóbulo rojo mide entonces unos {0} píxeles.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Draw a line over the stage micrometer in the image; Shift keeps it straight.</source>
   <translation>Trace una línea sobre el micrómetro en la imagen; Mayús la mantiene recta.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Give the objective a name to keep this scale.</source>
   <translation>Dé un nombre al objetivo para guardar esta escala.</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>How the scale is found</source>
   <translation>Cómo se halla la escala</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Keep and use</source>
   <translation>Guardar y usar</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Length of the line in pixels</source>
   <translation>Longitud de la línea en píxeles</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Line</source>
   <translation>Línea</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Name of the objective</source>
   <translation>Nombre del objetivo</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective</source>
   <translation>Objetivo</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Objective and camera</source>
   <translation>Objetivo y cámara</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Set the scale</source>
   <translation>Definir la escala</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Side of a camera pixel</source>
   <translation>Lado de un píxel de la cámara</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>Stage micrometer</source>
   <translation>Micrómetro de platina</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>What the line spans</source>
   <translation>Lo que abarca la línea</translation>
  </message>
  <message>
   <location filename="scale_form.py" />
   <source>spans</source>
   <translation>abarca</translation>
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
   <translation>En {0} nada era más nítido que el resto.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Begins around where the stage stands, and goes back there.</source>
   <translation>Empieza alrededor de donde está la platina, y vuelve allí.</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Close; a scan under way goes on</source>
   <translation>Cerrar; un escaneo en curso continúa</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Fields</source>
   <translation>Campos</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Finding focus …</source>
   <translation>Buscando el enfoque …</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus at each nth field</source>
   <translation>Enfocar cada n campos</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Focus range, each way</source>
   <translation>Recorrido del enfoque, a cada lado</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Order</source>
   <translation>Orden</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Overlap</source>
   <translation>Solapamiento</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Row after row</source>
   <translation>Fila tras fila</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan</source>
   <translation>Escanear</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Scan fields</source>
   <translation>Escanear campos</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>Spiral outwards</source>
   <translation>Espiral hacia fuera</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>never</source>
   <translation>nunca</translation>
  </message>
  <message>
   <location filename="scan_card.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} de {1} campos están tomados.</translation>
  </message>
 </context>
 <context>
  <name>ScanController</name>
  <message>
   <location filename="scanning.py" />
   <source>In the overview cells that two fields show can be counted once.</source>
   <translation>En la vista general, las células que muestran dos campos se pueden contar una sola vez.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>{0} of {1} fields are taken.</source>
   <translation>{0} de {1} campos están tomados.</translation>
  </message>
 </context>
 <context>
  <name>Sentences</name>
  <message>
   <location filename="store_lock.py" />
   <source>A backup is just being put back; wait until that is done, then try again.</source>
   <translation>Se está restaurando una copia de seguridad; espere a que termine e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>A camera’s address begins with http://, https:// or rtsp://; correct it.</source>
   <translation>La dirección de una cámara empieza por http://, https:// o rtsp://; corríjala.</translation>
  </message>
  <message>
   <location filename="control_service.py" />
   <source>A control slide is being measured already; wait, or stop that first.</source>
   <translation>Ya se está midiendo un portaobjetos de control; espere o deténgalo primero.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>A field beside this one that is not judged yet counts this cell: fields of a slide overlap.</source>
   <translation>Un campo contiguo que aún no se ha evaluado cuenta esta célula: los campos de un portaobjetos se solapan.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A file cannot be set aside; check the disk and its permissions.</source>
   <translation>No se puede apartar un archivo; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="lines.py" />
   <source>A line to another system is in the clear, as an earlier version left it; encrypt it or confirm it on the Settings page.</source>
   <translation>Una línea con otro sistema está sin cifrar, como la dejó una versión anterior; cífrela o confírmela en la página Ajustes.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named attention shows where a transformer looked, whatever it concluded.</source>
   <translation>Un mapa llamado atención muestra dónde miró un transformer, sea cual sea su conclusión.</translation>
  </message>
  <message>
   <location filename="map_kinds.py" />
   <source>A map named occlusion shows by how much the log-odds fall when a place of the cell is covered.</source>
   <translation>Un mapa llamado oclusión muestra cuánto baja el logaritmo de las probabilidades relativas cuando se cubre un lugar de la célula.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A message about the erased case cannot be removed; close what has it open.</source>
   <translation>No se puede eliminar un mensaje sobre el caso borrado; cierre lo que lo tenga abierto.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>A message that is no order was left out: {0}.</source>
   <translation>Se dejó fuera un mensaje que no es una petición: {0}.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>A model cannot be fed so, see {0}: {1}.</source>
   <translation>Un modelo no puede alimentarse así, véase {0}: {1}.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>A model cannot be prepared on this computer. Untick it on the Models page, and send the fault report of the Help menu to your support.</source>
   <translation>No se puede preparar un modelo en este equipo. Desmárquelo en la página Modelos y envíe a su soporte técnico el informe de fallos del menú Ayuda.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>A model gave no number for what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>Un modelo no dio ningún número para lo que hay en {0} (píxeles desde la izquierda, desde arriba); mírelo usted mismo.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>A model named “{0}” was installed meanwhile; put the backup back once more.</source>
   <translation>Entretanto se instaló un modelo llamado «{0}»; restaurar la copia otra vez.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>A model that names cells has no maps of the kind “{0}”; correct the manifest.</source>
   <translation>Un modelo que nombra células no tiene mapas de la clase «{0}»; corrija el manifiesto.</translation>
  </message>
  <message>
   <location filename="views.py" />
   <source>A model wants to see what lies around the cell, which is not at hand; open the image again.</source>
   <translation>Un modelo quiere ver lo que rodea la célula, y no está disponible; abra la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>A newer message about this case took its place.</source>
   <translation>Un mensaje más reciente sobre este caso ocupó su lugar.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>A password needs at least {0} characters; take a short sentence.</source>
   <translation>Una contraseña necesita al menos {0} caracteres; use una frase corta.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person gave the case another priority than the list has; it was kept.</source>
   <translation>Una persona dio al caso otra prioridad que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another date of birth on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otra fecha de nacimiento que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another name of the patient on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otro nombre del paciente que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another operator on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otro operador que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another patient number on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otro número de paciente que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another sex of the patient on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otro sexo que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another specimen on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otra muestra que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote another stain on the case than the list has; it was kept.</source>
   <translation>Una persona escribió en el caso otra tinción que la lista; se conservó.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>A person wrote other notes on the case than the list has; they were kept.</source>
   <translation>Una persona escribió en el caso otras notas que la lista; se conservaron.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>A picture is written as PNG or TIFF; give the file such an ending.</source>
   <translation>Una imagen se escribe como PNG o TIFF; dé esa extensión al archivo.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>A pixel of {0} µm cannot be right for a microscope; check the length and the units.</source>
   <translation>Un píxel de {0} µm no puede ser correcto en un microscopio; compruebe la longitud y las unidades.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>A quote is opened and not closed in this line.</source>
   <translation>En esta línea se abre una comilla y no se cierra.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>A re-read has 1 to {0} cells.</source>
   <translation>Una relectura tiene de 1 a {0} células.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>A recording is written as AVI or MP4; give the file such an ending.</source>
   <translation>Una grabación se escribe como AVI o MP4; dé esa extensión al archivo.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is damaged in the case database; restore a backup or add the image again.</source>
   <translation>Una imagen guardada está dañada en la base de datos de casos; restaure una copia de seguridad o añada la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is damaged on the disk; restore a backup or add the image again.</source>
   <translation>Una imagen guardada está dañada en el disco; restaure una copia de seguridad o añada la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>A saved image is missing from the case database; restore a backup or add the image again.</source>
   <translation>Falta una imagen guardada en la base de datos de casos; restaure una copia de seguridad o añada la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>A saved image is missing from the data folder; restore a backup or add the image again.</source>
   <translation>Falta una imagen guardada en la carpeta de datos; restaure una copia de seguridad o añada la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>A scan has 1 to {0} fields that overlap by 0 to 90 %, and a focus that goes up to 1000 µm.</source>
   <translation>Un escaneo tiene de 1 a {0} campos que se solapan de 0 a 90 %, y un enfoque que recorre hasta 1000 µm.</translation>
  </message>
  <message>
   <location filename="scan_plan.py" />
   <source>A scan needs the extra “micro-manager”, which is not installed here; ask whoever set this computer up.</source>
   <translation>Un escaneo necesita el extra «micro-manager», que no está instalado aquí; pregunte a quien configuró este ordenador.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>A site profile in the store is damaged; restore a backup.</source>
   <translation>Un perfil de laboratorio del almacén está dañado; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot amend a signed case; ask a reviewer to sign in.</source>
   <translation>Un técnico no puede enmendar un caso firmado; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export labeled cells; ask a reviewer to sign in.</source>
   <translation>Un técnico no puede exportar células etiquetadas; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot export the audit trail; ask a reviewer to sign in.</source>
   <translation>Un técnico no puede exportar el registro de auditoría; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot leave a control run out; ask a reviewer to sign in.</source>
   <translation>Un técnico no puede dejar fuera una serie de control; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician cannot sign; ask a reviewer to sign in.</source>
   <translation>Un técnico no puede firmar; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A technician sees their own re-reads only; ask a reviewer to sign in.</source>
   <translation>Un técnico solo ve sus propias relecturas; pida a un revisor que inicie sesión.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>A timestamp is held against its authority’s certificate; choose the PEM file of it.</source>
   <translation>Un sello de tiempo se comprueba con el certificado de su autoridad; elija el archivo PEM.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>A token does not open this; sign in with --as NAME and the password.</source>
   <translation>Un token no abre esto; inicie sesión con --as NOMBRE y la contraseña.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>A token holds for 1 to {0} days; choose another number.</source>
   <translation>Un token vale de 1 a {0} días; elija otro número.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>A token of somebody of the hospital’s directory needs a search account, by which they are looked up; an administrator sets it.</source>
   <translation>El token de alguien del directorio del hospital necesita una cuenta de búsqueda con la que se le localice; la configura un administrador.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>A worklist of another computer is asked over an encrypted line: write tls:// before its address, or plain:// to ask in the clear.</source>
   <translation>A una lista de trabajo de otro equipo se pregunta por una línea cifrada: escriba tls:// delante de su dirección, o plain:// para preguntar sin cifrar.</translation>
  </message>
  <message>
   <location filename="acceptance.py" />
   <source>Accepting needs a reason; write what was found out about it.</source>
   <translation>La aceptación necesita un motivo; escriba lo que se averiguó al respecto.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Add an administrator first; else nobody could turn accounts off again.</source>
   <translation>Añada primero un administrador; si no, nadie podría desactivar las cuentas.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>All cells of this re-read are answered.</source>
   <translation>Todas las células de esta relectura están respondidas.</translation>
  </message>
  <message>
   <location filename="demo_case.py" />
   <source>All pictures of this case were drawn by LeukoScope itself: a field of ordinary blood, a field with blasts, and single cells. Try the keys; nothing can break.</source>
   <translation>Todas las imágenes de este caso las dibujó LeukoScope: un campo de sangre corriente, un campo con blastos y células sueltas. Pruebe las teclas; nada puede romperse.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one class; needed are {0}.</source>
   <translation>Todas estas células son de una sola clase; se necesitan {0}.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>All these cells are of one patient; label cells of at least two patients of each class, so that what was learned can be tried on another one.</source>
   <translation>Todas estas células son de un solo paciente; etiquete células de al menos dos pacientes de cada clase, para que lo aprendido se pueda probar en otro.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Amended by {0}, {1}: {2}.</source>
   <translation>Enmendado por {0}, {1}: {2}.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>An account needs a name.</source>
   <translation>Una cuenta necesita un nombre.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>An account of the laboratory is called “{0}” already; where it is yours, an administrator gives it to the directory (leukoscope people to-directory).</source>
   <translation>Ya hay una cuenta del laboratorio llamada «{0}»; si es suya, un administrador la entrega al directorio (leukoscope people to-directory).</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>An amendment needs a reason; write why the case is changed.</source>
   <translation>Una enmienda necesita un motivo; escriba por qué se cambia el caso.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>An encrypted file is damaged; restore a backup.</source>
   <translation>Un archivo cifrado está dañado; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>Another message has come with this control number (MSH-10) within a day; give each message a number of its own.</source>
   <translation>Otro mensaje ha llegado con este número de control (MSH-10) en menos de un día; dé a cada mensaje un número propio.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Another person has signed in meanwhile; do it again.</source>
   <translation>Entretanto ha iniciado sesión otra persona; hágalo de nuevo.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Another program has the case database open; close it, then try again.</source>
   <translation>Otro programa tiene abierta la base de datos de casos; ciérrelo e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Another program of this user takes the orders in; close it, or leave it to that one.</source>
   <translation>Otro programa de este usuario recibe las peticiones; ciérrelo o déjeselo a él.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>Another workstation has just changed the site profiles; nothing was changed here. Look, then try again.</source>
   <translation>Otro puesto acaba de cambiar los perfiles; aquí no se cambió nada. Mirar y volver a intentarlo.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation has just taken this case number; look at the list of cases.</source>
   <translation>Otro puesto acaba de tomar este número de caso; mire la lista de casos.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>Another workstation has taught at the same time, with other patients locked away; nothing was kept here. Teach again.</source>
   <translation>Otro puesto enseñó al mismo tiempo, con otros pacientes apartados; aquí no se conservó nada. Enseñar otra vez.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>Another workstation is writing for long; wait a moment, then try again.</source>
   <translation>Otro puesto lleva mucho tiempo escribiendo; espere un momento e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Case {0}: {1} does not say what its rows do; leukoscope check --repair makes it right.</source>
   <translation>Caso {0}: {1} no dice lo mismo que sus filas; leukoscope check --repair lo corrige.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>Case {0}: {1} says again what its rows say.</source>
   <translation>Caso {0}: {1} vuelve a decir lo mismo que sus filas.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>Case “{0}” has this number already; open it, or choose another number.</source>
   <translation>El caso «{0}» ya tiene este número; ábralo o elija otro número.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>Case “{0}” was taken off the list; bring it back, or give its number to a new case.</source>
   <translation>El caso «{0}» se quitó de la lista; recupérelo o dé su número a un caso nuevo.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Ya se están leyendo o enseñando células; espere o deténgalo primero.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Cells {0}: {1} ({2}).</source>
   <translation>Células {0}: {1} ({2}).</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose at least two cells of one image to merge them.</source>
   <translation>Elegir al menos dos células de una imagen para unirlas.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Choose cells of one image that count; others cannot be changed together.</source>
   <translation>Elegir células de una misma imagen que cuenten; otras no se pueden cambiar juntas.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Choose the PEM file with this computer’s certificate and key, or listen in the clear.</source>
   <translation>Elija el archivo PEM con el certificado y la clave de este equipo, o escuche sin cifrar.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>Choose two models: one cannot be compared with itself.</source>
   <translation>Elegir dos modelos: uno no se puede comparar consigo mismo.</translation>
  </message>
  <message>
   <location filename="commitment_answers.py" />
   <source>Choose “Our certificate and key” first, or listen for the archive’s answers in the clear (plain://).</source>
   <translation>Elija primero «Nuestro certificado y clave», o escuche las respuestas del archivo sin cifrar (plain://).</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum, or as near as the original's own answer where rounding moves it, and its own maps where its gradient jumps.</source>
   <translation>El compilado y el original coinciden en las imágenes de prueba: la probabilidad hasta 1e-4, los mapas hasta 1e-3 de su máximo, o tan cerca como la respuesta del propio original donde el redondeo la mueve, y sus propios mapas donde su gradiente salta.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Draw a longer line over the stage micrometer; the longer it is, the better the scale.</source>
   <translation>Trace una línea más larga sobre el micrómetro; cuanto más larga, mejor la escala.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>Earlier results in “{0}” cannot be replaced; close them in other programs.</source>
   <translation>No se pueden reemplazar los resultados anteriores en «{0}»; ciérrelos en otros programas.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries 1 to {0} are older than the signatures of the trail and are not signed.</source>
   <translation>Las entradas 1 a {0} son anteriores a las firmas del registro y no están firmadas.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entries {0} to {1} are missing.</source>
   <translation>Faltan las entradas {0} a {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} does not follow the one before it.</source>
   <translation>La entrada {0} no sigue a la anterior.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not signed.</source>
   <translation>La entrada {0} no está firmada.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Entry {0} is not the one of which {1} tells.</source>
   <translation>La entrada {0} no es la que se indica aquí: {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is not the one this workstation remembers.</source>
   <translation>La entrada {0} no es la que este puesto recuerda.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} is signed by another key than that of this installation.</source>
   <translation>La entrada {0} está firmada con otra clave que la de esta instalación.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} takes waiting images as they were found, though the trail knew of them before.</source>
   <translation>La entrada {0} toma imágenes en espera tal como estaban, aunque el registro ya las conocía.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was blanked, and no erasure of its case tells why.</source>
   <translation>La entrada {0} fue vaciada, y ningún borrado de su caso dice por qué.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>Entry {0} was changed.</source>
   <translation>La entrada {0} fue modificada.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Erasing needs a reason; write why the case is erased.</source>
   <translation>El borrado necesita un motivo; escriba por qué se borra el caso.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Fewer cells than usual are unsure: check which models and which site profile judge.</source>
   <translation>Menos células inseguras que de costumbre: compruebe qué modelos y qué perfil del laboratorio juzgan.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Figures of the proof by name, as text or numbers.</source>
   <translation>Cifras de la prueba por nombre, como texto o números.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of another installation.</source>
   <translation>Desde la entrada {0} está firmado con la clave {1} de otra instalación.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>From entry {0} on it is signed by the key {1} of this installation.</source>
   <translation>Desde la entrada {0} está firmado con la clave {1} de esta instalación.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Given back in the order of “{0}”, pixels restore the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>Devueltos en el orden de «{0}», los píxeles restablecen la respuesta antes que en un orden al azar en {1} de {2} células, antes que del centro hacia fuera en {3}.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>Image {0} counts this cell already, because fields of a slide overlap; judge it there.</source>
   <translation>La imagen {0} ya cuenta esta célula, porque los campos de un portaobjetos se solapan; evalúela allí.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>Images of this case are being judged; wait or stop that, then erase it.</source>
   <translation>Se están juzgando imágenes de este caso; espere o deténgalo y luego bórrelo.</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>In control; limits {low} to {high}.</source>
   <translation>Bajo control; límites {low} a {high}.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It came as no Keras file, and nothing else here computes it: compiled with and without its map it says the same of the probe pictures, to 1e-4. Its inside is not known, so it has a map by occlusion alone: places are covered one after the other.</source>
   <translation>No vino como archivo de Keras y nada más aquí lo calcula: compilado con y sin su mapa dice lo mismo de las imágenes de prueba, hasta 1e-4. Su interior no se conoce, por lo que solo tiene un mapa por oclusión: se cubren lugares uno tras otro.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has no case number.</source>
   <translation>No tiene número de caso.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It has {0} cells, the titles have {1}: put texts that hold the separator in quotes.</source>
   <translation>Tiene {0} celdas y los títulos {1}: ponga entre comillas los textos que contienen el separador.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>It holds characters that cannot be read; save the list again.</source>
   <translation>Contiene caracteres que no se pueden leer; guarde la lista otra vez.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is not signed.</source>
   <translation>No está firmado.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by the key {0}.</source>
   <translation>Está firmado con la clave {0}.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>It is signed by this installation.</source>
   <translation>Está firmado por esta instalación.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>It looks a little smeared in one direction: let the stage come to rest.</source>
   <translation>Se ve algo corrida en una dirección: deje que la platina se detenga.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>It names a cell from probability {0} on, and judges no cell for leukemia.</source>
   <translation>Nombra una célula a partir de la probabilidad {0} y no juzga ninguna célula en cuanto a leucemia.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>It was interrupted; leukoscope encryption {0} goes on.</source>
   <translation>Se interrumpió; leukoscope encryption {0} lo continúa.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>Its letters can be read in more than one way; save the list as “CSV UTF-8” and take it again.</source>
   <translation>Sus letras pueden leerse de varias maneras; guarde la lista como «CSV UTF-8» y tómela otra vez.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but somebody has worked on the case: it stays. Put it away yourself.</source>
   <translation>Su petición está anulada, pero alguien ha trabajado en el caso: se queda. Apártelo usted mismo.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Its order is cancelled, but the case is signed and stays as it is. Tell whoever signed it.</source>
   <translation>Su petición está anulada, pero el caso está firmado y queda como está. Avise a quien lo firmó.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less like known cells than before: check stain, scale and white balance, or teach a site profile.</source>
   <translation>Menos parecidas a las células conocidas que antes: compruebe tinción, escala y balance de blancos, o enseñe un perfil del laboratorio.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Less sharp: focus again, and clean objective, slide and camera window.</source>
   <translation>Menos nítido: enfoque de nuevo y limpie objetivo, portaobjetos y ventana de la cámara.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>Limit of the distance.</source>
   <translation>Límite de la distancia.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>Line {0} is no HL7 segment: a line break stands inside {1}.</source>
   <translation>La línea {0} no es un segmento HL7: hay un salto de línea dentro de {1}.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Loading the model “{0}”.</source>
   <translation>Cargando el modelo «{0}».</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>MSH-18 names no character set and the letters are no UTF-8; ask for UNICODE UTF-8 in MSH-18.</source>
   <translation>MSH-18 no nombra ningún juego de caracteres y las letras no son UTF-8; pida UNICODE UTF-8 en MSH-18.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified less: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Menos ampliado: compruebe objetivo, adaptador, resolución de la cámara y la escala fijada.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Magnified more: check objective, adapter and camera resolution, and the scale that is set.</source>
   <translation>Más ampliado: compruebe objetivo, adaptador, resolución de la cámara y la escala fijada.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Many workers need the package distributed; install the extra “scale”, or judge without them.</source>
   <translation>Varios procesos de cálculo necesitan el paquete distributed; instale el extra «scale» o analice sin ellos.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Messages {0} are not taken here; these are: {1}.</source>
   <translation>Aquí no se aceptan mensajes {0}; se aceptan: {1}.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>Micro-Manager failed; close it elsewhere, and switch the microscope off and on.</source>
   <translation>Micro-Manager falló; ciérrelo en otros sitios, y apague y encienda el microscopio.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>Micro-Manager is not installed here; ask whoever set this computer up for the extra “micro-manager”.</source>
   <translation>Micro-Manager no está instalado aquí; pida a quien configuró este equipo el extra «micro-manager».</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More cells than usual are unsure: look at focus, stain and scale of the day's images.</source>
   <translation>Más células inseguras que de costumbre: mire enfoque, tinción y escala de las imágenes del día.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>More like known cells than before: check which models and which site profile judge.</source>
   <translation>Más parecidas a las células conocidas que antes: compruebe qué modelos y qué perfil del laboratorio juzgan.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name at least one group whose members may work with the program.</source>
   <translation>Indique al menos un grupo cuyos miembros puedan trabajar con el programa.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name at least two kinds of cells that the model tells apart.</source>
   <translation>Nombre al menos dos tipos de células que el modelo distingue.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Name camera and objective in 1 to {0} letters: Basler 100x.</source>
   <translation>Nombre cámara y objetivo con 1 a {0} caracteres: Basler 100x.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>Name each of the model's classes in the order of its outputs, one of them healthy and one leukemic at least, or all of them kinds of cells.</source>
   <translation>Nombre cada clase del modelo en el orden de sus salidas, al menos una healthy y una leukemic, o todas como tipos de células.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name or password is wrong; try again.</source>
   <translation>El nombre o la contraseña no son correctos; inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Name the file of a search account, or write how a name becomes the directory’s own.</source>
   <translation>Indique el archivo de una cuenta de búsqueda, o escriba cómo se convierte un nombre en el del directorio.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Name the profile in small letters, digits and hyphens, at most 28: our-lab.</source>
   <translation>Dé al perfil un nombre con minúsculas, cifras y guiones, de 28 caracteres como máximo: our-lab.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>No cell was decided in a reviewed case yet; name some and review the case.</source>
   <translation>Todavía no se ha decidido ninguna célula en un caso revisado; nombre algunas y revise el caso.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>No cell was found in this image; check that it shows one stained white cell.</source>
   <translation>No se encontró ninguna célula en esta imagen; compruebe que muestre un glóbulo blanco teñido.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>No control run of {0} was measured in {1}.</source>
   <translation>No se midió ninguna serie de control de {0} en {1}.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>No control slide was measured today; measure it on the page Quality, Daily control.</source>
   <translation>Hoy no se midió ningún portaobjetos de control; mídalo en la página Calidad, Control diario.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>No encrypted line comes about; check the port, and whether the other system wants a certificate from us.</source>
   <translation>No se logra una línea cifrada; compruebe el puerto y si el otro sistema pide un certificado nuestro.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>No encrypted line to the case database; ask its administrator.</source>
   <translation>No hay conexión cifrada con la base de datos de casos; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>No folder in “{0}” has the name of a class of cells; {1}.</source>
   <translation>Ninguna carpeta de «{0}» lleva el nombre de una clase de células; {1}.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>No labeled cell could be judged; check that the pictures show stained white cells.</source>
   <translation>No se pudo evaluar ninguna célula etiquetada; compruebe que las imágenes muestran glóbulos blancos teñidos.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: nothing in this model keeps places apart before its head, or no map of it can be computed here. It judges without showing why.</source>
   <translation>No se encontró ningún mapa: nada en este modelo separa los lugares antes de su cabeza, o aquí no puede calcularse ningún mapa de él. Juzga sin mostrar por qué.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>No map found: this model takes one image at a time, so parts of a cell cannot be covered to try it.</source>
   <translation>No se encontró ningún mapa: este modelo toma una imagen cada vez, así que no se pueden cubrir partes de una célula para probarlo.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>No model is chosen; choose one on the Models page.</source>
   <translation>No hay ningún modelo elegido; elija uno en la página Modelos.</translation>
  </message>
  <message>
   <location filename="selftest.py" />
   <source>No model is installed.</source>
   <translation>No hay ningún modelo instalado.</translation>
  </message>
  <message>
   <location filename="model_runtime.py" />
   <source>No model is installed; import one on the Models page.</source>
   <translation>No hay ningún modelo instalado; importe uno en la página Modelos.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No order can be read from this message; begin the case by hand, then dismiss the message.</source>
   <translation>De este mensaje no se puede leer ninguna petición; comience el caso a mano y luego descarte el mensaje.</translation>
  </message>
  <message>
   <location filename="teaching_service.py" />
   <source>No other site profile is in force; look at the locked patients beside shipped models.</source>
   <translation>Ningún otro perfil del laboratorio está en vigor; mire los pacientes reservados junto a los modelos suministrados.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>No pictures come in at this address; check that the camera sends to this computer, and that no firewall stops it.</source>
   <translation>A esta dirección no llegan imágenes; compruebe que la cámara envía a este equipo y que ningún cortafuegos lo impide.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>No place was found on “{0}” where cells lie apart: it may be too thick or too thin everywhere, or no smear of blood. Draw a region by hand.</source>
   <translation>No se encontró en «{0}» ningún lugar donde las células estén separadas: puede ser demasiado grueso o demasiado fino en todas partes, o no ser un frotis de sangre. Dibuje una región a mano.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No scheduler answers at {0}; check its address, and the certificates where it has some.</source>
   <translation>Ningún planificador responde en {0}; compruebe su dirección y, si los tiene, los certificados.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>No site profile is in force.</source>
   <translation>Ningún perfil del laboratorio está en vigor.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and hardly any empty glass: it may be zoomed in, vignetted, or no field of a smear; take the whole field again.</source>
   <translation>No se encontraron glóbulos blancos y apenas hay vidrio vacío: puede estar ampliada, viñeteada o no ser un campo de un frotis; tome de nuevo el campo entero.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the image is not good enough to find any: see what is named with it.</source>
   <translation>No se encontraron glóbulos blancos y la imagen no es lo bastante buena para hallarlos: vea lo que se indica con ella.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found, and the scale of this image is not known: set it, then judge the image again.</source>
   <translation>No se encontraron glóbulos blancos y no se conoce la escala de esta imagen: fíjela y juzgue la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: at the scale of this image they are too small. Use a stronger objective.</source>
   <translation>No se encontraron glóbulos blancos: a la escala de esta imagen son demasiado pequeños. Use un objetivo más potente.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: move to a place with cells, or draw them by hand.</source>
   <translation>No se encontraron glóbulos blancos: vaya a un lugar con células o dibújelas a mano.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found: nothing in this image has the color of a stained nucleus. Move to another place, or check stain and white balance.</source>
   <translation>No se encontraron glóbulos blancos: nada en esta imagen tiene el color de un núcleo teñido. Vaya a otro lugar o revise la tinción y el balance de blancos.</translation>
  </message>
  <message>
   <location filename="judged_image.py" />
   <source>No white cells found; move to a place with cells, or draw them by hand in the window.</source>
   <translation>No se encontraron glóbulos blancos; vaya a un lugar con células o dibújelas a mano en la ventana.</translation>
  </message>
  <message>
   <location filename="no_cells.py" />
   <source>No white cells found; see what is named with the image, and take it again.</source>
   <translation>No se encontraron glóbulos blancos; vea lo que se indica con la imagen y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>No whole white cell was found in this picture.</source>
   <translation>No se encontró ningún glóbulo blanco entero en esta imagen.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>No worker answers; start some with “leukoscope worker”, then give the same command again: it goes on.</source>
   <translation>Ningún proceso de cálculo responde; inicie alguno con «leukoscope worker» y repita la misma orden: continuará donde se quedó.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Nobody can be looked up without a search account; name its file.</source>
   <translation>Sin cuenta de búsqueda no se puede buscar a nadie; indique su archivo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>Nobody waits any longer for the archive to say that it keeps this.</source>
   <translation>Ya nadie espera que el archivo diga que conserva esto.</translation>
  </message>
  <message>
   <location filename="cell_features.py" />
   <source>None of the chosen models can compare cells; choose the differential on the Models page.</source>
   <translation>Ninguno de los modelos elegidos puede comparar células; elija el diferencial en la página Modelos.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; nobody knows who is meant.</source>
   <translation>Ninguno de los identificadores del paciente (PID-3) es del hospital; nadie sabe a quién se refiere.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>None of the patient’s identifiers (PID-3) is the hospital’s own; the patient number stays empty.</source>
   <translation>Ningún identificador del paciente (PID-3) es el del hospital; el número del paciente queda vacío.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>None of these patients is locked away; there is nothing to compare the two with.</source>
   <translation>Ninguno de estos pacientes está reservado; no hay con qué comparar los dos.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>None of these patients is locked away; there is nothing to look at.</source>
   <translation>Ninguno de estos pacientes está en la parte bloqueada; no hay nada que consultar.</translation>
  </message>
  <message>
   <location filename="challenge.py" />
   <source>Not every cell could be judged twice; try again.</source>
   <translation>No todas las células se pudieron evaluar dos veces; inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Not quite in focus: turn the fine focus.</source>
   <translation>No está del todo enfocada: gire el enfoque fino.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Not tried on cells of both sides.</source>
   <translation>No se probó con células de ambos lados.</translation>
  </message>
  <message>
   <location filename="mllp_server.py" />
   <source>Nothing can listen on port {0} of {1}: another program does, or it is not an address of this computer; choose another in the settings.</source>
   <translation>Nada puede escuchar en el puerto {0} de {1}: lo hace otro programa, o no es una dirección de este equipo; elija otra en los ajustes.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>Nothing can listen there for the archive’s answers; check address and port in the settings.</source>
   <translation>Allí no se pueden escuchar las respuestas del archivo; compruebe la dirección y el puerto en los ajustes.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Nothing could be measured; take at least three fields of a stained control slide.</source>
   <translation>No se pudo medir nada; tome al menos tres campos de un portaobjetos de control teñido.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is empty: it says neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 está vacío: no dice ni petición nueva, ni cambio, ni anulación.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-1 is “{0}”: neither a new order, nor a change, nor a cancellation.</source>
   <translation>ORC-1 es «{0}»: ni una petición nueva, ni un cambio, ni una anulación.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>ORC-{0} and OBR-{1} name different orders as {2}; ask who made the file.</source>
   <translation>ORC-{0} y OBR-{1} nombran peticiones distintas ({2}); pregunte a quien hizo el archivo.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel, in the range of scaling; taken away.</source>
   <translation>De cada canal, en el rango del escalado; se resta.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Of each channel; what is left is divided by it.</source>
   <translation>De cada canal; lo que queda se divide entre ello.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>One administrator must stay; make somebody else administrator first.</source>
   <translation>Debe quedar un administrador; nombre antes a otra persona.</translation>
  </message>
  <message>
   <location filename="comparing.py" />
   <source>One of these models names cells and the other judges them; there is nothing to compare.</source>
   <translation>Uno de estos modelos nombra células y el otro las juzga; no hay nada que comparar.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Only HL7 version 2 is taken (MSH-12).</source>
   <translation>Solo se acepta HL7 versión 2 (MSH-12).</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change accounts and rules; ask one to sign in.</source>
   <translation>Solo un administrador puede cambiar las cuentas y las reglas; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can change settings of the laboratory; ask one to sign in.</source>
   <translation>Solo un administrador puede cambiar los ajustes del laboratorio; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can choose, import and remove models; ask one to sign in.</source>
   <translation>Solo un administrador puede elegir, importar y quitar modelos; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can erase a case; ask one to sign in.</source>
   <translation>Solo un administrador puede borrar un caso; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a backup back; ask one to sign in.</source>
   <translation>Solo un administrador puede restaurar una copia de seguridad; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can put a site profile in force; ask one to sign in.</source>
   <translation>Solo un administrador puede poner en vigor un perfil del laboratorio; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can repair what is kept; ask one to sign in.</source>
   <translation>Solo un administrador puede reparar lo guardado; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Only an administrator can turn accounts on.</source>
   <translation>Solo un administrador puede activar las cuentas.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can turn encryption on and off; ask one to sign in.</source>
   <translation>Solo un administrador puede activar y desactivar el cifrado; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Only an administrator can write a backup; ask one to sign in.</source>
   <translation>Solo un administrador puede escribir una copia de seguridad; pida a uno que inicie sesión.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>Only orders are taken: send status “active”, or “revoked”, and intent “order”.</source>
   <translation>Solo se aceptan peticiones: envíe el estado «active» o «revoked» y la intención «order».</translation>
  </message>
  <message>
   <location filename="disk_space.py" />
   <source>Only {0} GB are free for cases; make room on the disk.</source>
   <translation>Solo quedan {0} GB libres para casos; haga sitio en el disco.</translation>
  </message>
  <message>
   <location filename="drawing.py" />
   <source>Only {0} such cells were decided in reviewed or signed cases; take fewer.</source>
   <translation>Solo {0} células así se decidieron en casos revisados o firmados; tome menos.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Order cancelled by the sender, {0}.</source>
   <translation>Petición anulada por el remitente, {0}.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Orders from other computers come over an encrypted line: write tls:// before the address, or plain:// to have them in the clear.</source>
   <translation>Las peticiones de otros equipos llegan por una línea cifrada: escriba tls:// delante de la dirección, o plain:// para recibirlas sin cifrar.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>Others can read or change “{0}”; give it to this user alone (chmod 600).</source>
   <translation>Otros pueden leer o cambiar «{0}»; reserve el archivo solo a este usuario (chmod 600).</translation>
  </message>
  <message>
   <location filename="words.py" />
   <source>Out of control ({rules}); limits {low} to {high}.</source>
   <translation>Fuera de control ({rules}); límites {low} a {high}.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Out of focus: turn the fine focus and take it again.</source>
   <translation>Desenfocada: gire el enfoque fino y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>Sobreexpuesta: baje la lámpara o el tiempo de exposición y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Partly overexposed: lower the lamp or the exposure time.</source>
   <translation>Parcialmente sobreexpuesta: baje la lámpara o el tiempo de exposición.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program less than usual: see by a blinded re-read that cells are looked at.</source>
   <translation>Las personas corrigen el programa menos que de costumbre: vea con una relectura a ciegas que se miran las células.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>People correct the program more than usual: look at the corrected cells, and teach a site profile.</source>
   <translation>Las personas corrigen el programa más que de costumbre: mire las células corregidas y enseñe un perfil del laboratorio.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>People sign in here; lock the screen, then the other person signs in.</source>
   <translation>Aquí las personas inician sesión; bloquee la pantalla y que la otra persona inicie sesión.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>Pictures that are there twice and count once: {0}.</source>
   <translation>Imágenes que están dos veces y cuentan una: {0}.</translation>
  </message>
  <message>
   <location filename="objectives.py" />
   <source>Pixel size, objective and adapter must be more than zero.</source>
   <translation>El tamaño de píxel, el objetivo y el adaptador deben ser mayores que cero.</translation>
  </message>
  <message>
   <location filename="report_status.py" />
   <source>Preliminary: amended, and not signed since.</source>
   <translation>Preliminar: enmendado y no firmado desde entonces.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Preparing the model “{0}” for this machine; this happens once.</source>
   <translation>Preparando el modelo «{0}» para este equipo; ocurre una sola vez.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted before anything was changed; the cases are as they were.</source>
   <translation>La restauración de una copia de seguridad se interrumpió antes de cambiar nada; los casos están como estaban.</translation>
  </message>
  <message>
   <location filename="swap.py" />
   <source>Putting a backup back was interrupted; it is finished now, and the cases are those of the backup.</source>
   <translation>La restauración de una copia de seguridad se interrumpió; ya está terminada y los casos son los de la copia.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Rather dark: raise the lamp or the exposure time.</source>
   <translation>Algo oscura: suba la lámpara o el tiempo de exposición.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Read what trying its maps showed before you go by them: at least one does not show why it judges.</source>
   <translation>Lea lo que mostró la prueba de sus mapas antes de guiarse por ellos: al menos uno no muestra por qué juzga.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>Ready.</source>
   <translation>Listo.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Reports go to a FHIR server over an encrypted line only; write https:// before its address.</source>
   <translation>Los informes van a un servidor FHIR solo por una línea cifrada; escriba https:// delante de su dirección.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>Row {0} of “{1}” cannot be read ({2}); restore a backup.</source>
   <translation>No se puede leer la fila {0} de «{1}» ({2}); restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>Rows cannot be read, so that they cannot be held against the trail; run leukoscope check.</source>
   <translation>Hay filas que no se pueden leer y por eso no se pueden comparar con el registro de auditoría; ejecute leukoscope check.</translation>
  </message>
  <message>
   <location filename="known_cells.py" />
   <source>Say first what this cell is; an example shows what a person decided.</source>
   <translation>Diga primero qué es esta célula; un ejemplo muestra lo que decidió una persona.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>Say why the run does not count; the reason stands in the audit trail.</source>
   <translation>Diga por qué la serie no cuenta; el motivo consta en el registro de auditoría.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>Several cases have the number {0}; give each its own.</source>
   <translation>Varios casos tienen el número {0}; dé a cada uno el suyo.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>Several messages stand between two marks; send each between its own.</source>
   <translation>Entre dos marcas hay varios mensajes; envíe cada uno entre las suyas.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Several people of the hospital’s directory have this name; an administrator sets a narrower base.</source>
   <translation>Varias personas del directorio del hospital tienen este nombre; un administrador establece una base más estrecha.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Sharper than the control slides are usually: check that sharpening is off in the camera.</source>
   <translation>Más nítido de lo habitual: compruebe que el realce de nitidez de la cámara está apagado.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the central square that is kept.</source>
   <translation>Lado del cuadrado central que se conserva.</translation>
  </message>
  <message>
   <location filename="input_schema.py" />
   <source>Side of the square that is cut out, in pixels of a CellImage.</source>
   <translation>Lado del cuadrado recortado, en píxeles de una imagen de célula.</translation>
  </message>
  <message>
   <location filename="permissions.py" />
   <source>Sign in first.</source>
   <translation>Inicie sesión primero.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>Somebody else wrote “{0}” as {1} meanwhile; yours was “{2}”.</source>
   <translation>Entretanto, otra persona escribió «{0}» como {1}; usted escribió «{2}».</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>Somebody has changed this cell meanwhile; open the case again.</source>
   <translation>Alguien ha cambiado esta célula entretanto; abrir el caso de nuevo.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Somebody has seen to this message already.</source>
   <translation>Alguien ya ha atendido este mensaje.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>Something answered at this address, but not as a network camera does; check the number behind the colon (the port) and the word before it (http, https, rtsp).</source>
   <translation>Algo respondió en esta dirección, pero no como una cámara de red; compruebe el número tras los dos puntos (el puerto) y la palabra anterior (http, https, rtsp).</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Something unexpected happened; what was saved is there. Try again, and if it comes back, send the fault report of the Help menu to your support.</source>
   <translation>Ocurrió algo inesperado; lo guardado sigue ahí. Inténtelo de nuevo y, si se repite, envíe a su soporte técnico el informe de fallos del menú Ayuda.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>Starting the engine.</source>
   <translation>Iniciando el motor.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>Stopped.</source>
   <translation>Detenido.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>Stopped: {0} orders from here on were not taken.</source>
   <translation>Detenido: {0} peticiones desde aquí no se tomaron.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>Taken away in the order of “{0}”, pixels change the answer sooner than in a random order on {1} of {2} cells, sooner than from the middle outward on {3}.</source>
   <translation>Quitados en el orden de «{0}», los píxeles cambian la respuesta antes que en un orden al azar en {1} de {2} células, antes que del centro hacia fuera en {3}.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>Taken back.</source>
   <translation>Retirado.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it does not take a file; ask its administrator what it has against it.</source>
   <translation>El archivo DICOM respondió que no acepta un fichero; pregunte a su administrador qué tiene en contra.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it has no room left; it is tried again by itself. Tell its administrator.</source>
   <translation>El archivo DICOM respondió que no le queda espacio; se reintenta automáticamente. Avise a su administrador.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive answered that it is too busy; it is tried again by itself.</source>
   <translation>El archivo DICOM respondió que está demasiado ocupado; se reintenta automáticamente.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>No se puede alcanzar el archivo DICOM; compruebe que funciona y su dirección en los ajustes.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not know this workstation; check both titles in the settings.</source>
   <translation>El archivo DICOM no conoce esta estación; compruebe ambos títulos en los ajustes.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive does not take objects of this kind; ask its administrator.</source>
   <translation>El archivo DICOM no acepta objetos de este tipo; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but did not take the question whether it keeps them; ask its administrator.</source>
   <translation>El archivo DICOM tiene los objetos, pero no aceptó la pregunta de si los conserva; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The DICOM archive has the objects, but offers no storage commitment; ask its administrator, or do not ask for it in the settings.</source>
   <translation>El archivo DICOM tiene los objetos, pero no ofrece compromiso de almacenamiento; pregunte a su administrador, o no lo pida en los ajustes.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but does not answer; check with its administrator.</source>
   <translation>El archivo DICOM aceptó la llamada, pero no responde; consultar con su administrador.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The DICOM archive took the call, but gave no answer to a file; check with its administrator.</source>
   <translation>El archivo DICOM atendió la llamada, pero no respondió a un fichero; consulte con su administrador.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist cannot be reached; check that it runs, and its address.</source>
   <translation>No se puede llegar a la lista de trabajo DICOM; compruebe que funciona y su dirección.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist does not know this workstation; check both titles.</source>
   <translation>La lista de trabajo DICOM no conoce este puesto; compruebe ambos títulos.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The DICOM worklist took the call, but did not answer to the end; try again later.</source>
   <translation>La lista de trabajo DICOM aceptó la llamada, pero no respondió hasta el final; inténtelo más tarde.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>No se puede llegar al servidor FHIR; compruebe que funciona y su dirección en los ajustes.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report: “{0}”.</source>
   <translation>El servidor FHIR no aceptó el informe: «{0}».</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server did not take the report; ask its administrator.</source>
   <translation>El servidor FHIR no aceptó el informe; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server does not take our sign-in; check its file in the settings.</source>
   <translation>El servidor FHIR no acepta nuestro acceso; compruebe su archivo en los ajustes.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server has moved; write its new address in the settings.</source>
   <translation>El servidor FHIR se ha mudado; escriba su nueva dirección en los ajustes.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The FHIR server is busy; the report is sent again later.</source>
   <translation>El servidor FHIR está ocupado; el informe se envía más tarde otra vez.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>The Micro-Manager configuration “{0}” is not there any more.</source>
   <translation>La configuración de Micro-Manager «{0}» ya no está.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The address of a timestamp authority begins with http:// or https://; write it again.</source>
   <translation>La dirección de una autoridad de sellado de tiempo empieza por http:// o https://; escríbala de nuevo.</translation>
  </message>
  <message>
   <location filename="server_connection.py" />
   <source>The address of the case database is not one; write postgresql://user:password@host/name.</source>
   <translation>La dirección de la base de datos de casos no es válida; escriba postgresql://user:password@host/name.</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The address of the shared database in settings.json is not a text; write it again, or leave it empty.</source>
   <translation>La dirección de la base de datos compartida en settings.json no es un texto; escríbala de nuevo o déjela vacía.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; ask its administrator, then try again.</source>
   <translation>El archivo no tiene todos los objetos; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not have all objects; they are sent again by themselves.</source>
   <translation>El archivo no tiene todos los objetos; se envían de nuevo por sí solos.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep all objects and gives a reason of its own; ask its administrator, then try again.</source>
   <translation>El archivo no conserva todos los objetos y da un motivo propio; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive does not keep objects of this kind; ask its administrator, then try again.</source>
   <translation>El archivo no conserva objetos de este tipo; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; ask its administrator, then try again.</source>
   <translation>El archivo no pudo procesar todos los objetos y no los conserva; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive failed to process all objects, and does not keep them; they are sent again by themselves.</source>
   <translation>El archivo no pudo procesar todos los objetos y no los conserva; se envían de nuevo por sí solos.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; ask its administrator, then try again.</source>
   <translation>Al archivo no le queda sitio para todos los objetos; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has no room left for all objects; they are sent again by themselves. Tell its administrator.</source>
   <translation>Al archivo no le queda sitio para todos los objetos; se envían de nuevo por sí solos. Avise a su administrador.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has other objects under the names of some; ask its administrator, then try again.</source>
   <translation>El archivo tiene otros objetos bajo los nombres de algunos; pregunte a su administrador e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects, but did not say within a day that it keeps them; ask its administrator, and whether it may call this workstation back.</source>
   <translation>El archivo tiene los objetos, pero en un día no ha dicho que los conserva; pregunte a su administrador, y si puede llamar a este puesto.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive has the objects; it is asked whether it keeps them.</source>
   <translation>El archivo tiene los objetos; se le pregunta si los conserva.</translation>
  </message>
  <message>
   <location filename="commitment.py" />
   <source>The archive knows this question already and did not answer it; try again.</source>
   <translation>El archivo ya conoce esta pregunta y no la respondió; inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The archive’s answer cannot be kept; check the disk.</source>
   <translation>No se puede guardar la respuesta del archivo; compruebe el disco.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The attribute of the name is one word, for example sAMAccountName or uid.</source>
   <translation>El atributo del nombre es una sola palabra, por ejemplo sAMAccountName o uid.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup changed while it was read; try again.</source>
   <translation>La copia de seguridad cambió mientras se leía; inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="restore_targets.py" />
   <source>The backup was not put back: the end of its trail could not be written; check the disk, try again.</source>
   <translation>No se restauró la copia de seguridad: no se pudo escribir el final de su registro; revise el disco e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="backup_zip.py" />
   <source>The backup was written but cannot be read back; check the disk, or choose another place.</source>
   <translation>La copia de seguridad se escribió, pero no se puede volver a leer; compruebe el disco o elija otro lugar.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch has no end (BTS, FTS): messages may be missing from the file.</source>
   <translation>El lote no tiene final (BTS, FTS): pueden faltar mensajes en el archivo.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The batch says that it holds {0} messages; {1} are there.</source>
   <translation>El lote dice que contiene {0} mensajes; hay {1}.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>The box is too small; draw it around the whole cell.</source>
   <translation>El recuadro es demasiado pequeño; trácelo alrededor de toda la célula.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>The bytes of waiting image {0} of case {1} are missing, or not what was accepted.</source>
   <translation>Los bytes de la imagen en espera {0} del caso {1} faltan o no son lo que se aceptó.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The camera gives no pictures any more; check its cable, then scan again.</source>
   <translation>La cámara ya no da imágenes; compruebe su cable y escanee de nuevo.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check its plug and close other programs that use it.</source>
   <translation>La cámara no envía imágenes; compruebe su conexión y cierre otros programas que la usen.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends no pictures; check that it is switched on, and that no trigger is set in Micro-Manager.</source>
   <translation>La cámara no envía imágenes; compruebe que está encendida y que no hay ningún disparador (trigger) fijado en Micro-Manager.</translation>
  </message>
  <message>
   <location filename="camera.py" />
   <source>The camera sends pictures of an unknown kind; choose another format in its own program.</source>
   <translation>La cámara envía imágenes de un tipo desconocido; elija otro formato en su propio programa.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; switch it off and on, and start it anew in Micro-Manager.</source>
   <translation>La cámara envía siempre la misma imagen; apáguela, enciéndala e iníciela de nuevo en Micro-Manager.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera sends the same picture again and again; unplug it and plug it in again.</source>
   <translation>La cámara envía siempre la misma imagen; desconéctela y vuelva a conectarla.</translation>
  </message>
  <message>
   <location filename="asked_motors.py" />
   <source>The camera was closed; start it and scan again.</source>
   <translation>La cámara se cerró; iníciela y escanee de nuevo.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The camera was not ready in time; wait a moment, then try again.</source>
   <translation>La cámara no estuvo lista a tiempo; espere un momento e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The camera’s driver failed; unplug it and plug it in again.</source>
   <translation>El controlador de la cámara falló; desconéctela y vuelva a conectarla.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case could not be saved or read; try again, and restore a backup if it goes on.</source>
   <translation>No se pudo guardar o leer el caso; inténtelo de nuevo y, si continúa, restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not let this computer in; ask its administrator.</source>
   <translation>La base de datos de casos respondió, pero no admite este equipo; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but does not take this name and password; check them in its address.</source>
   <translation>La base de datos de casos respondió, pero no acepta este nombre y contraseña; compruébelos en su dirección.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database answered, but serves too many others; wait a moment, then try again.</source>
   <translation>La base de datos de casos respondió, pero atiende a demasiados otros; espere un momento e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be opened; check the permissions of the data folder.</source>
   <translation>No se puede abrir la base de datos de casos; compruebe los permisos de la carpeta de datos.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database cannot be written; check the permissions of the data folder.</source>
   <translation>No se puede escribir en la base de datos de casos; compruebe los permisos de la carpeta de datos.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database does not answer; check the network and that its server runs.</source>
   <translation>La base de datos de casos no responde; compruebe la red y que su servidor funcione.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database does not say any more which version wrote it; restore a backup.</source>
   <translation>La base de datos de casos ya no dice qué versión la escribió; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is damaged: it is not at the revision that it says; restore a backup.</source>
   <translation>La base de datos de casos está dañada: no está en la revisión que indica; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="case_parts.py" />
   <source>The case database is damaged; restore a backup.</source>
   <translation>La base de datos de casos está dañada; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database is in use by another program; close it, then try again.</source>
   <translation>Otro programa está usando la base de datos de casos; ciérrelo e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The case database is in use; its freed pages are zeroed at the next start.</source>
   <translation>La base de datos de casos está en uso; sus páginas liberadas se ponen a cero en el próximo inicio.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database takes too long; try again, and ask its administrator if it goes on.</source>
   <translation>La base de datos de casos tarda demasiado; inténtelo de nuevo y, si continúa, pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server answered, but has no database or user of this name; check its address.</source>
   <translation>El servidor de la base de datos de casos respondió, pero no tiene base de datos o usuario con este nombre; compruebe su dirección.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is being stopped; try again when it runs.</source>
   <translation>El servidor de la base de datos de casos se está deteniendo; inténtelo de nuevo cuando funcione.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The case database’s server is starting; wait a moment, then try again.</source>
   <translation>El servidor de la base de datos de casos se está iniciando; espere un momento e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since it was printed for signing; look at it, then sign.</source>
   <translation>El caso ha cambiado desde que se imprimió para la firma; revíselo y luego firme.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case has changed since you looked at it; look at it again, then sign.</source>
   <translation>El caso ha cambiado desde que lo miró; vuelva a mirarlo y luego firme.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The case of this number is another patient’s; nothing was changed. Ask which number is right.</source>
   <translation>El caso de este número es de otro paciente; no se cambió nada. Pregunte qué número es el correcto.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The case was put away before this left.</source>
   <translation>El caso se apartó antes de que esto saliera.</translation>
  </message>
  <message>
   <location filename="queue_judging.py" />
   <source>The cell could not be judged.</source>
   <translation>No se pudo evaluar la célula.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The cell could not be judged; draw it again.</source>
   <translation>No se pudo evaluar la célula; dibújela de nuevo.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>La célula no es claramente leucémica ni claramente sana.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is overexposed: lower the lamp or the exposure time and take it again.</source>
   <translation>La célula está sobreexpuesta: baje la lámpara o el tiempo de exposición y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is rather dark: raise the lamp or the exposure time.</source>
   <translation>La célula está algo oscura: suba la lámpara o el tiempo de exposición.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>La célula está demasiado oscura: suba la lámpara o el tiempo de exposición y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>La célula no se parece a nada de lo que el programa conoce.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>La célula no se parece a las células mononucleares que los modelos de leucemia conocen.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cell is very bright: lower the lamp or the exposure time.</source>
   <translation>La célula es muy clara: baje la lámpara o el tiempo de exposición.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>La célula parece una precursora; una persona debe nombrarla.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are hardly stained: stain the smear again, or check the camera's color setting.</source>
   <translation>Las células apenas están teñidas: tiña de nuevo el frotis o revise el ajuste de color de la cámara.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are rather small: take them with a stronger objective.</source>
   <translation>Las células son algo pequeñas: tómelas con un objetivo más potente.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The cells are too small: take them with a stronger objective, 40x at least.</source>
   <translation>Las células son demasiado pequeñas: tómelas con un objetivo más potente, al menos 40x.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The character set “{0}” of MSH-18 is not known; ask for UNICODE UTF-8.</source>
   <translation>El juego de caracteres «{0}» de MSH-18 no se conoce; pida UNICODE UTF-8.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The compiled model “{0}” does not do the same as the original; it is refused.</source>
   <translation>El modelo compilado «{0}» no hace lo mismo que el original; se rechaza.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases broke a rule of control ({0}): {1} See their chart.</source>
   <translation>Los casos diarios incumplieron una regla de control ({0}): {1} Vea su gráfico.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>The daily cases of {0} broke a rule of control ({1}): {2} See their chart.</source>
   <translation>Los casos diarios de {0} incumplen una regla de control ({1}): {2} Ver su gráfico.</translation>
  </message>
  <message>
   <location filename="changed_rows.py" />
   <source>The database did not keep what was saved as it was given; nothing was saved. Run leukoscope check, and ask its administrator.</source>
   <translation>La base de datos no conservó lo que se le dio; no se guardó nada. Ejecute leukoscope check y pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The database says that it is at revision {0}; it is at {1}.</source>
   <translation>La base de datos dice estar en la revisión {0}; está en {1}.</translation>
  </message>
  <message>
   <location filename="converting.py" />
   <source>The database was written anew and is not the same; nothing was changed. Check the disk.</source>
   <translation>La base de datos reescrita no es la misma; no se cambió nada. Compruebe el disco.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The date of birth cannot be read; it stays empty. Write it on the case.</source>
   <translation>La fecha de nacimiento no se puede leer y queda vacía. Escribirla en el caso.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear failed unexpectedly; choose it again.</source>
   <translation>El frotis de demostración falló de forma inesperada; elíjalo de nuevo.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear is being drawn; close other programs if it takes long.</source>
   <translation>Se está dibujando el frotis de demostración; cierre otros programas si tarda mucho.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The demo smear stands still; close other programs, this computer is busy.</source>
   <translation>El frotis de demostración está parado; cierre otros programas, este equipo está ocupado.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk could not be read or written; check its cable or line, then try again, and if it comes back, tell whoever looks after this computer.</source>
   <translation>No se pudo leer o escribir el disco; revise el cable o la conexión, vuelva a intentarlo y, si se repite, avise a quien se ocupa de este equipo.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The disk did not give the settings; the last good ones are in force until the next start.</source>
   <translation>El disco no entregó los ajustes; rigen los últimos buenos hasta el próximo inicio.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk is full; free some space, then try again.</source>
   <translation>El disco está lleno; libere espacio e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>The disk or folder can only be read; ask whoever looks after this computer for the right to write.</source>
   <translation>El disco o la carpeta es de solo lectura; pida permiso de escritura a quien se ocupa de este equipo.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The disk with the case database has a fault or is full; check it, then try again.</source>
   <translation>El disco de la base de datos de casos tiene un fallo o está lleno; revíselo e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The earlier folder “{0}” cannot be replaced; close its files in other programs.</source>
   <translation>No se puede reemplazar la carpeta anterior «{0}»; cierre sus archivos en otros programas.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass has a tint: set the camera's white balance on it.</source>
   <translation>El vidrio vacío tiene un tinte: ajuste sobre él el balance de blancos de la cámara.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The empty glass is far from white: set the camera's white balance on it and take it again.</source>
   <translation>El vidrio vacío está lejos del blanco: ajuste sobre él el balance de blancos de la cámara y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine does not come back from what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>El motor no vuelve de lo que hay en {0} (píxeles desde la izquierda, desde arriba); mírelo usted mismo.</translation>
  </message>
  <message>
   <location filename="engine.py" />
   <source>The engine does not hold the model “{0}”; choose it on the Models page.</source>
   <translation>El motor no tiene el modelo «{0}»; elíjalo en la página Modelos.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine is closed; start the program again.</source>
   <translation>El motor está cerrado; inicie el programa de nuevo.</translation>
  </message>
  <message>
   <location filename="engine_child.py" />
   <source>The engine stopped unexpectedly and is started again; what it was judging is judged once more.</source>
   <translation>El motor se detuvo inesperadamente y se inicia de nuevo; lo que estaba evaluando se evalúa otra vez.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>The engine stops each time at what lies at {0} (pixels from left, top); look there yourself.</source>
   <translation>El motor se detiene cada vez en lo que hay en {0} (píxeles desde la izquierda, desde arriba); mírelo usted mismo.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>The engine stops each time it judges this cell; look at it yourself.</source>
   <translation>El motor se detiene cada vez que evalúa esta célula; mírela usted mismo.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine stops with every cell on this computer, not with one of them; start the program again, and if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>El motor se detiene en este ordenador con cada célula, no con una de ellas; inicie el programa de nuevo y, si eso no ayuda, instálelo otra vez y envíe el informe de fallos del menú Ayuda a su soporte.</translation>
  </message>
  <message>
   <location filename="trial.py" />
   <source>The engine takes too long to start; close other programs and try again.</source>
   <translation>El motor tarda demasiado en iniciar; cierre otros programas e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The entry has neither an accession number nor one of the procedure.</source>
   <translation>La entrada no tiene número de acceso ni de procedimiento.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The erasure of case {0} was put there behind the program’s back; the trail does not tell of it.</source>
   <translation>El borrado del caso {0} se añadió a espaldas del programa; el registro no dice nada de él.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The file does not say how its letters are written; they were read as {0}. Look at names with accents, or save the list as “CSV UTF-8”.</source>
   <translation>El archivo no dice cómo están escritas sus letras; se leyeron como {0}. Revise los nombres con acentos o guarde la lista como «CSV UTF-8».</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file is cut off in this message.</source>
   <translation>El archivo se corta en este mensaje.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>The file of the case database is of another kind; restore a backup.</source>
   <translation>El archivo de la base de datos de casos es de otro tipo; restaure una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The file of the key that signs the audit trail cannot be read; put {0} back from a backup.</source>
   <translation>No se puede leer el archivo de la clave que firma el registro; recupere {0} de una copia.</translation>
  </message>
  <message>
   <location filename="directory_settings.py" />
   <source>The file of the search account cannot be read; it has the account’s name in its first line, the password below.</source>
   <translation>No se puede leer el archivo de la cuenta de búsqueda; tiene el nombre de la cuenta en la primera línea y la contraseña debajo.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>The file of the sign-in at the FHIR server cannot be read; choose it again in the settings.</source>
   <translation>El archivo de acceso al servidor FHIR no se puede leer; elíjalo de nuevo en los ajustes.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>The file of the sign-in holds neither a token nor name:password; write it again.</source>
   <translation>El archivo de acceso no contiene ni un token ni nombre:contraseña; escríbalo de nuevo.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The file says that it holds {0} batches; {1} are there.</source>
   <translation>El archivo dice que contiene {0} lotes; hay {1}.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The file {0} does not belong to the model “{1}”; install it again.</source>
   <translation>El archivo {0} no pertenece al modelo «{1}»; instálelo de nuevo.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>The file {0} in the folder “{1}” cannot be read; put it back from a backup.</source>
   <translation>No se puede leer el archivo {0} de la carpeta «{1}»; recupérelo de una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} is an older copy: it ends at entry {1}, and entry {2} was signed here later.</source>
   <translation>El archivo {0} es una copia más antigua: termina en la entrada {1}, y la entrada {2} se firmó aquí después.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0} was not written by this installation.</source>
   <translation>El archivo {0} no fue escrito por esta instalación.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The file {0}, by which this workstation remembers the end of the trail, is missing or damaged.</source>
   <translation>El archivo {0}, con el que este puesto recuerda el final del registro, falta o está dañado.</translation>
  </message>
  <message>
   <location filename="unlocked_keys.py" />
   <source>The file “{0}” beside the cases cannot be read; put it back from a backup.</source>
   <translation>El archivo «{0}» junto a los casos no se puede leer; recupérelo de una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The file “{0}” is none of the images; leukoscope check --repair sets it aside.</source>
   <translation>El archivo «{0}» no es ninguna de las imágenes; leukoscope check --repair lo aparta.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The file “{0}” was changed; its signature is wrong.</source>
   <translation>El archivo «{0}» fue modificado; su firma es incorrecta.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The file “{0}”, which is none of the images, was set aside in {1}.</source>
   <translation>El archivo «{0}», que no es ninguna de las imágenes, se apartó en {1}.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>The folder of cases cannot be written; check the disk and its permissions.</source>
   <translation>No se puede escribir en la carpeta de casos; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>The folder of orders cannot be read or written; check that it is there, and its permissions.</source>
   <translation>La carpeta de peticiones no se puede leer ni escribir; compruebe que existe y sus permisos.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The folder of orders is not there; make it, or choose another in the settings.</source>
   <translation>La carpeta de peticiones no existe; créela o elija otra en los ajustes.</translation>
  </message>
  <message>
   <location filename="app_dirs.py" />
   <source>The folder {0} cannot be made; check the disk and its permissions.</source>
   <translation>No se puede crear la carpeta {0}; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The folder “{0}” cannot be read; choose another one.</source>
   <translation>La carpeta «{0}» no se puede leer; elija otra.</translation>
  </message>
  <message>
   <location filename="atomic_folder.py" />
   <source>The folder “{0}” cannot be written; choose another one.</source>
   <translation>No se puede escribir en la carpeta «{0}»; elija otra.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds another case; move it away or choose another folder.</source>
   <translation>La carpeta «{0}» contiene otro caso; muévala o elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” holds no images; choose another folder.</source>
   <translation>La carpeta «{0}» no contiene imágenes; elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>The folder “{0}” holds other files too, and only one export; choose another folder.</source>
   <translation>La carpeta «{0}» contiene también otros archivos; elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>The folder “{0}” may not be opened; ask its owner for permission.</source>
   <translation>La carpeta «{0}» no se puede abrir; pida permiso a su propietario.</translation>
  </message>
  <message>
   <location filename="batch.py" />
   <source>The header of this file names another patient than was given; check whose blood it shows.</source>
   <translation>La cabecera de este archivo nombra a otro paciente que el indicado; compruebe de quién es la sangre.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital gave this patient another number; the case is signed and stays as it is. Amend it, if its report is to have the new one.</source>
   <translation>El hospital dio otro número a este paciente; el caso está firmado y queda como está. Enmiéndelo si su informe debe llevar el nuevo.</translation>
  </message>
  <message>
   <location filename="carrying_out.py" />
   <source>The hospital has other data of this patient than the case, which is signed and stays as it is. Amend it, if its report is to have them.</source>
   <translation>El hospital tiene otros datos de este paciente que el caso, que está firmado y queda como está. Enmiéndelo si su informe debe llevarlos.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not answer; try again later, or let an administrator with an account of the laboratory sign in.</source>
   <translation>El directorio del hospital no responde; inténtelo más tarde, o que inicie sesión un administrador con una cuenta del laboratorio.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let people read their own entry; set a search account.</source>
   <translation>El directorio del hospital no deja leer la propia entrada; configure una cuenta de búsqueda.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not let the search account in; an administrator checks its file.</source>
   <translation>El directorio del hospital no admite la cuenta de búsqueda; un administrador revisa su archivo.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in at this hour; ask the help desk.</source>
   <translation>El directorio del hospital no le admite a esta hora; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in from this computer; ask the help desk.</source>
   <translation>El directorio del hospital no le admite desde este equipo; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory does not let you in; ask the help desk.</source>
   <translation>El directorio del hospital no le admite; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory does not say who signed in; set a search account.</source>
   <translation>El directorio del hospital no dice quién ha iniciado sesión; configure una cuenta de búsqueda.</translation>
  </message>
  <message>
   <location filename="ldap_line.py" />
   <source>The hospital’s directory does not show what is asked for; check the base and the search account.</source>
   <translation>El directorio del hospital no muestra lo que se le pide; revise la base y la cuenta de búsqueda.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory has locked your account; wait until it opens again, or ask the help desk.</source>
   <translation>El directorio del hospital ha bloqueado su cuenta; espere a que se desbloquee o pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>The hospital’s directory has no group “{0}”; write it as it stands there.</source>
   <translation>El directorio del hospital no tiene ningún grupo «{0}»; escríbalo como figura allí.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory has no person of this name.</source>
   <translation>El directorio del hospital no tiene a nadie con este nombre.</translation>
  </message>
  <message>
   <location filename="directory_confirmation.py" />
   <source>The hospital’s directory has not confirmed you for four hours; sign in again.</source>
   <translation>El directorio del hospital no le ha confirmado desde hace cuatro horas; inicie sesión de nuevo.</translation>
  </message>
  <message>
   <location filename="password_check.py" />
   <source>The hospital’s directory is turned off here; an administrator of the laboratory takes your account back.</source>
   <translation>El directorio del hospital está desactivado aquí; un administrador del laboratorio recupera su cuenta.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>The hospital’s directory knows you, but you are in none of the groups that work with LeukoScope; ask whoever looks after these groups.</source>
   <translation>El directorio del hospital le conoce, pero no está en ninguno de los grupos que trabajan con LeukoScope; pregunte a quien los administra.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The hospital’s directory lets this person no longer in; it opens again when they come by its groups.</source>
   <translation>El directorio del hospital ya no admite a esta persona; la cuenta se abre de nuevo cuando entre por sus grupos.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>The hospital’s directory names nothing that stays when a person is renamed (entryUUID).</source>
   <translation>El directorio del hospital no da nada que permanezca cuando se cambia el nombre a una persona (entryUUID).</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>The hospital’s directory wants an encrypted line; write ldaps:// or ldap:// before its address.</source>
   <translation>El directorio del hospital exige una línea cifrada; escriba ldaps:// o ldap:// delante de su dirección.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system acknowledged another message.</source>
   <translation>El sistema del hospital confirmó otro mensaje.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system cannot be reached; check that it runs, and its address in the settings.</source>
   <translation>No se puede alcanzar el sistema del hospital; compruebe que funciona y su dirección en los ajustes.</translation>
  </message>
  <message>
   <location filename="mllp.py" />
   <source>The hospital’s system does not answer.</source>
   <translation>El sistema del hospital no responde.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error and did not take the message: “{0}”.</source>
   <translation>El sistema del hospital encontró un error y no tomó el mensaje: «{0}».</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system found an error in the message and did not take it.</source>
   <translation>El sistema del hospital encontró un error en el mensaje y no lo aceptó.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system gave an unknown answer.</source>
   <translation>El sistema del hospital dio una respuesta desconocida.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message: “{0}”.</source>
   <translation>El sistema del hospital rechazó el mensaje: «{0}».</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system refused the message; ask its administrator.</source>
   <translation>El sistema del hospital rechazó el mensaje; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>The hospital’s system took a message without saying which; ask whether the report has arrived.</source>
   <translation>El sistema del hospital tomó un mensaje sin decir cuál; pregunte si el informe ha llegado.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>The image cannot be saved; free some disk space or check the folder's permissions.</source>
   <translation>No se puede guardar la imagen; libere espacio en el disco o compruebe los permisos de la carpeta.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>The image file changed while it was being read; add it again.</source>
   <translation>El archivo de imagen cambió mientras se leía; añádalo de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image has no color, so stain cannot be judged: take it with a color camera.</source>
   <translation>La imagen no tiene color y no se puede juzgar la tinción: tómela con una cámara en color.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is blank: move to a place with cells, focus, and take it again.</source>
   <translation>La imagen está vacía: vaya a un lugar con células, enfoque y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>La imagen no es lo bastante buena para juzgarla.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The image is too small: take it at a higher magnification or resolution.</source>
   <translation>La imagen es demasiado pequeña: tómela con más aumento o resolución.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image or report {0} was brought back from the second place.</source>
   <translation>La imagen o el informe {0} se recuperó del segundo lugar.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image or report {0} {1}; restore a backup, or add it again.</source>
   <translation>Imagen o informe {0} ({1}): restaure una copia de seguridad o añádalo de nuevo.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>The image {0} belongs to no case; leukoscope check --repair sets it aside.</source>
   <translation>La imagen {0} no pertenece a ningún caso; leukoscope check --repair la aparta.</translation>
  </message>
  <message>
   <location filename="store_repair.py" />
   <source>The image {0}, which belongs to no case, was set aside in {1}.</source>
   <translation>La imagen {0}, que no pertenece a ningún caso, se apartó en {1}.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>The images differ in size, so they are of two cameras or settings; measure each apart.</source>
   <translation>Las imágenes difieren en tamaño, así que son de dos cámaras o ajustes; mida cada una aparte.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>The import ended unexpectedly. Close other programs to free memory, then try again.</source>
   <translation>La importación terminó de forma inesperada. Cierre otros programas para liberar memoria e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="store_keys.py" />
   <source>The key cannot be kept; check the folder of settings and its disk.</source>
   <translation>No se puede guardar la clave; compruebe la carpeta de ajustes y su disco.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail cannot be kept; check the disk and its permissions.</source>
   <translation>No se puede guardar la clave que firma el registro; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The key that signs the audit trail is in the system’s keyring, which cannot be reached from here; sign in to the desktop and unlock the keyring, or move the key into a file: leukoscope audit key --keep-in file.</source>
   <translation>La clave que firma el registro está en el llavero del sistema, inaccesible desde aquí; inicie sesión en el escritorio y desbloquee el llavero, o pase la clave a un archivo: leukoscope audit key --keep-in file.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>The laboratory keeps this account already.</source>
   <translation>El laboratorio ya gestiona esta cuenta.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” does not feed the head “{1}” alone.</source>
   <translation>La capa «{0}» no alimenta por sí sola la cabeza «{1}».</translation>
  </message>
  <message>
   <location filename="explanations.py" />
   <source>The layer “{0}” has no attention over places; correct the manifest.</source>
   <translation>La capa «{0}» no tiene atención sobre lugares; corrija el manifiesto.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The layer “{0}” of the model does not give the {1} outputs that its manifest names.</source>
   <translation>La capa «{0}» del modelo no da las {1} salidas que nombra su manifiesto.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The letters are damaged; ask for the file again.</source>
   <translation>Las letras están dañadas; pida el archivo otra vez.</translation>
  </message>
  <message>
   <location filename="hl7_charsets.py" />
   <source>The letters do not fit the character set “{0}” that MSH-18 names; ask who made the file.</source>
   <translation>Las letras no corresponden al juego de caracteres «{0}» que nombra MSH-18; pregunte a quien hizo el archivo.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>The letters of this entry do not fit the character set that it names.</source>
   <translation>Las letras de esta entrada no corresponden al juego de caracteres que nombra.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>The light edition of the program has no model files to send; pack it on a full one.</source>
   <translation>La edición ligera del programa no tiene archivos de modelo que enviar; empaquételo en una completa.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is uneven: center the condenser.</source>
   <translation>La luz es desigual: centre el condensador.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The light is very uneven: center the condenser, open its diaphragm and take it again.</source>
   <translation>La luz es muy desigual: centre el condensador, abra su diafragma y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="changed_cells.py" />
   <source>The line leaves no cell on one of its sides; draw it between the two cells.</source>
   <translation>La línea no deja ninguna célula a uno de sus lados; trazarla entre las dos células.</translation>
  </message>
  <message>
   <location filename="dicom_send.py" />
   <source>The line to the DICOM archive broke while a file was sent; it is tried again by itself.</source>
   <translation>Se cortó la conexión con el archivo DICOM mientras se enviaba un fichero; se reintenta automáticamente.</translation>
  </message>
  <message>
   <location filename="dicom_commitment.py" />
   <source>The line to the DICOM archive broke while it was asked whether it keeps the objects; it is asked again.</source>
   <translation>La conexión con el archivo DICOM se cortó mientras se le preguntaba si conserva los objetos; se le vuelve a preguntar.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cancels an order that is not here; there is nothing to do.</source>
   <translation>La lista anula una petición que no está aquí; no hay nada que hacer.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list cannot be read; check that the file is there.</source>
   <translation>No se puede leer la lista; compruebe que el archivo esté ahí.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>The list changes an order that was not here; the case was begun.</source>
   <translation>La lista cambia una petición que no estaba aquí; se empezó el caso.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>The list needs a column named “number” in its line of titles.</source>
   <translation>La lista necesita una columna «number» (número) en su línea de títulos.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message cannot be kept here just now; send it again later.</source>
   <translation>El mensaje no se puede guardar aquí en este momento; envíelo más tarde otra vez.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The message cannot be kept; free some space on the disk.</source>
   <translation>No se puede guardar el mensaje; libere espacio en el disco.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message does not say what it is (MSH-9).</source>
   <translation>El mensaje no dice qué es (MSH-9).</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>The message has no control number (MSH-10).</source>
   <translation>El mensaje no tiene número de control (MSH-10).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The message holds no order; it may be cut off.</source>
   <translation>El mensaje no contiene ninguna petición; puede estar cortado.</translation>
  </message>
  <message>
   <location filename="receiver.py" />
   <source>The message is too large; send orders one by one, without documents in them.</source>
   <translation>El mensaje es demasiado grande; envíe las peticiones una a una, sin documentos dentro.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The message tells of no patient (PID); it may be cut off.</source>
   <translation>El mensaje no habla de ningún paciente (PID); puede estar cortado.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>The messages that wait here have filled their place; no other is taken until some are carried out or dismissed.</source>
   <translation>Los mensajes que esperan aquí han llenado su lugar; no se toma ninguno más hasta que algunos se ejecuten o se descarten.</translation>
  </message>
  <message>
   <location filename="operations.py" />
   <source>The model calls TensorFlow's “{0}”, which this program does not rebuild; type model.export('folder'), or model.save('folder') before Keras 2.13, in the notebook that made it, and import that folder.</source>
   <translation>El modelo llama a «{0}» de TensorFlow, que este programa no reconstruye; escriba model.export('folder'), o model.save('folder') antes de Keras 2.13, en el cuaderno que lo creó, e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="import_child.py" />
   <source>The model cannot be installed: the disk is full or the folder cannot be written.</source>
   <translation>No se puede instalar el modelo: el disco está lleno o no se puede escribir en la carpeta.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model file of “{0}” is not the one its manifest names; install it again.</source>
   <translation>El archivo del modelo «{0}» no es el que nombra su manifiesto; instálelo de nuevo.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>El archivo de modelo «{0}» no existe; compruebe su nombre y que su unidad está conectada.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>The model file “{0}” is damaged or incomplete; copy or save it again.</source>
   <translation>El archivo de modelo «{0}» está dañado o incompleto; cópielo o guárdelo de nuevo.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” is empty; copy it again.</source>
   <translation>El archivo de modelo «{0}» está vacío; cópielo de nuevo.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>The model file “{0}” is larger than 2 GB; that is more than this program loads.</source>
   <translation>El archivo de modelo «{0}» supera los 2 GB; este programa no carga tanto.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>The model file “{0}” may not be read; check its permissions and its drive.</source>
   <translation>No se permite leer el archivo de modelo «{0}»; compruebe sus permisos y su unidad.</translation>
  </message>
  <message>
   <location filename="channels.py" />
   <source>The model has its channels first, and a layer “{0}” that cannot be turned; build it anew with the channels last, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>El modelo tiene los canales primero y una capa «{0}» que no se puede girar; constrúyalo de nuevo con los canales al final, dele los pesos con new.set_weights(old.get_weights()) y guarde ese.</translation>
  </message>
  <message>
   <location filename="explain_naming.py" />
   <source>The model has no layer “{0}” that its manifest names; export it again.</source>
   <translation>El modelo no tiene la capa «{0}» que nombra su manifiesto; expórtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="explain.py" />
   <source>The model has no layer “{0}” that its manifest names; export or import it again.</source>
   <translation>El modelo no tiene la capa «{0}» que nombra su manifiesto; expórtelo o impórtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses the activation “{0}”, which is not one of Keras' own.</source>
   <translation>El modelo usa la activación «{0}», que no es una de las propias de Keras.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model uses “{0}”, which this program does not know; only Keras' own layers can be imported.</source>
   <translation>El modelo usa «{0}», que este programa no conoce; solo se pueden importar las capas propias de Keras.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” came with the program and stays.</source>
   <translation>El modelo «{0}» vino con el programa y se queda.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The model “{0}” cannot be prepared: the disk is full or the folder cannot be written.</source>
   <translation>No se puede preparar el modelo «{0}»: el disco está lleno o no se puede escribir en la carpeta.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>The model “{0}” cannot be removed; close other programs that use it.</source>
   <translation>No se puede eliminar el modelo «{0}»; cierre otros programas que lo usen.</translation>
  </message>
  <message>
   <location filename="bundle_outputs.py" />
   <source>The model “{0}” cannot be taught: it has no reference of what it knows.</source>
   <translation>No se puede enseñar al modelo «{0}»: no tiene ninguna referencia de lo que conoce.</translation>
  </message>
  <message>
   <location filename="at_worker.py" />
   <source>The model “{0}” did not arrive whole at a worker; try again.</source>
   <translation>El modelo «{0}» no llegó íntegro a un proceso de cálculo; inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The model “{0}” does not tell leukemic from healthy cells as it is fed ({1}). Import it fed in another way, with labeled cells to try it on; or write the reason why it is to judge all the same (leukoscope models activate {2} --reason …).</source>
   <translation>El modelo «{0}», alimentado así ({1}), no distingue células leucémicas de sanas. Impórtelo alimentado de otro modo, con células etiquetadas para probarlo; o escriba la razón por la que debe juzgar de todos modos (leukoscope models activate {2} --reason …).</translation>
  </message>
  <message>
   <location filename="runner.py" />
   <source>The model “{0}” gave no number for a cell; verify its files.</source>
   <translation>El modelo «{0}» no dio un número para una célula; verifique sus archivos.</translation>
  </message>
  <message>
   <location filename="opinions.py" />
   <source>The model “{0}” has no readable {1}; install it again.</source>
   <translation>El modelo «{0}» no tiene un {1} legible; instálelo de nuevo.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it is damaged.</source>
   <translation>El modelo «{0}» que contiene está dañado.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” in it may not be used: {1} Ask who wrote the backup.</source>
   <translation>El modelo «{0}» que contiene no puede usarse: {1} Preguntar a quien escribió la copia.</translation>
  </message>
  <message>
   <location filename="model_panel.py" />
   <source>The model “{0}” is not among the chosen ones; choose it on the Models page.</source>
   <translation>El modelo «{0}» no está entre los elegidos; elíjalo en la página Modelos.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not as it was imported; remove it, then import or receive it again.</source>
   <translation>El modelo «{0}» no está como se importó; quitarlo y volver a importarlo o recibirlo.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” is not whole: {1} Remove it, then import or receive it again.</source>
   <translation>El modelo «{0}» no está entero: {1} Quitarlo y volver a importarlo o recibirlo.</translation>
  </message>
  <message>
   <location filename="restore_models.py" />
   <source>The model “{0}” of this backup does not come back: another one of that name is here, and stays. Remove that one first if you want the other.</source>
   <translation>El modelo «{0}» de esta copia no vuelve: aquí hay otro con ese nombre, y se queda. Quitar primero este para obtener el otro.</translation>
  </message>
  <message>
   <location filename="graph.py" />
   <source>The model “{0}” uses “{1}”, which cannot be compiled here; build the network anew of other layers, give it the weights by new.set_weights(old.get_weights()), and save that.</source>
   <translation>El modelo «{0}» usa «{1}», que no se puede compilar aquí; construya de nuevo la red con otras capas, dele los pesos con new.set_weights(old.get_weights()) y guárdela.</translation>
  </message>
  <message>
   <location filename="backup_models.py" />
   <source>The model “{0}” was changed or cannot be read while it was copied; try again.</source>
   <translation>El modelo «{0}» se modificó o no puede leerse mientras se copiaba; volver a intentarlo.</translation>
  </message>
  <message>
   <location filename="layers.py" />
   <source>The model's {0} uses Keras 2's hard sigmoid, which newer Keras computes in another way. Train it with recurrent_activation=“sigmoid”.</source>
   <translation>{0} del modelo usa la función hard sigmoid de Keras 2, que las versiones más recientes de Keras calculan de otra manera. Entrénelo con recurrent_activation=“sigmoid”.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models agree more than usual: check which models and which site profile judge.</source>
   <translation>Los modelos coinciden más que de costumbre: compruebe qué modelos y qué perfil del laboratorio juzgan.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>The models cannot be prepared: the disk is full or the cache folder cannot be written.</source>
   <translation>No se pueden preparar los modelos: el disco está lleno o no se puede escribir en la carpeta de caché.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The models could not be started. Start the program again; if that does not help, install it anew and send the fault report of the Help menu to your support.</source>
   <translation>No se pudieron iniciar los modelos. Inicie el programa de nuevo; si no ayuda, reinstálelo y envíe a su soporte técnico el informe de fallos del menú Ayuda.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The models disagree more than usual: look at focus and stain, or teach a site profile.</source>
   <translation>Los modelos discrepan más que de costumbre: mire enfoque y tinción, o enseñe un perfil del laboratorio.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The models disagree.</source>
   <translation>Los modelos discrepan.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered with error {0}; close other programs that watch it, and look in its manual for the address of the video stream.</source>
   <translation>La cámara de red respondió con el error {0}; cierre otros programas que la miren y busque en su manual la dirección del flujo de vídeo.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not let this computer in; allow it in the camera’s own settings, or use another name and password.</source>
   <translation>La cámara de red respondió, pero no admite este equipo; permítalo en los ajustes de la cámara o use otro nombre y contraseña.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but does not take this name and password; check both in its address.</source>
   <translation>La cámara de red respondió, pero no acepta este nombre y contraseña; compruebe ambos en su dirección.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but has nothing at this address; check what stands behind the computer’s name, for example /stream, in the camera’s manual.</source>
   <translation>La cámara de red respondió, pero no tiene nada en esta dirección; compruebe en su manual lo que va tras el nombre del equipo, por ejemplo /stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but its stream cannot be played; check the address in its manual, and set its stream to Motion JPEG or H.264.</source>
   <translation>La cámara de red respondió, pero su flujo no se puede reproducir; compruebe la dirección en su manual y ponga su flujo en Motion JPEG o H.264.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but no encrypted line comes about; write http instead of https, or check the number behind the colon (the port).</source>
   <translation>La cámara de red respondió, pero no se logra una conexión cifrada; escriba http en vez de https o compruebe el número tras los dos puntos (el puerto).</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but only sends on to other addresses and back; look in its manual for the address of the video stream.</source>
   <translation>La cámara de red respondió, pero solo remite a otras direcciones y de vuelta; busque en su manual la dirección del flujo de vídeo.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but wants a name and password; write them into its address, as http://name:password@camera/stream.</source>
   <translation>La cámara de red respondió, pero pide nombre y contraseña; escríbalos en su dirección, como http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but what it sends holds no picture; set its stream to Motion JPEG or H.264 in its own settings.</source>
   <translation>La cámara de red respondió, pero lo que envía no contiene ninguna imagen; ponga su flujo en Motion JPEG o H.264 en sus ajustes.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page that asks to sign in; look in its manual for the address of the video stream, and write name and password into it, as http://name:password@camera/stream.</source>
   <translation>La cámara de red respondió, pero con una página web que pide iniciar sesión; busque en su manual la dirección del flujo de vídeo y escriba en ella nombre y contraseña, como http://name:password@camera/stream.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with a web page, not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>La cámara de red respondió, pero con una página web, no con imágenes; busque en su manual la dirección del flujo de vídeo, por ejemplo /stream o /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera answered, but with data ({0}), not with pictures; look in its manual for the address of the video stream, for example /stream or /video.</source>
   <translation>La cámara de red respondió, pero con datos ({0}), no con imágenes; busque en su manual la dirección del flujo de vídeo, por ejemplo /stream o /video.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: at this address nothing takes the call; check the number behind the colon (the port), and that its video is switched on.</source>
   <translation>La cámara de red no responde: en esta dirección nada atiende la llamada; compruebe el número tras los dos puntos (el puerto) y que su vídeo esté activado.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer: its name is not known on this network; check the spelling, or write its number (IP address) instead.</source>
   <translation>La cámara de red no responde: su nombre no se conoce en esta red; compruebe la ortografía o escriba su número (dirección IP).</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera does not answer; check that it is switched on and on this network, and the address given.</source>
   <translation>La cámara de red no responde; compruebe que está encendida y en esta red, y la dirección indicada.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera has stopped sending; check its cable and power. It is tried again by itself.</source>
   <translation>La cámara de red ha dejado de enviar; compruebe su cable y su alimentación. Se reintenta automáticamente.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends no pictures now; check its cable, and close other programs that watch it.</source>
   <translation>La cámara de red no envía imágenes ahora; compruebe su cable y cierre otros programas que la miren.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera sends the same picture again and again; switch it off and on again.</source>
   <translation>La cámara de red envía siempre la misma imagen; apáguela y vuelva a encenderla.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>The network camera takes the call and then sends nothing; close other programs that watch it, or switch it off and on again.</source>
   <translation>La cámara de red atiende la llamada y luego no envía nada; cierre otros programas que la miren, o apáguela y vuelva a encenderla.</translation>
  </message>
  <message>
   <location filename="http_camera.py" />
   <source>The network camera’s pictures arrive broken; check its cable or radio link, or choose smaller pictures in its own settings.</source>
   <translation>Las imágenes de la cámara de red llegan dañadas; compruebe su cable o su enlace inalámbrico, o elija imágenes más pequeñas en sus ajustes.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The network camera’s pictures could not be read; switch it off and on, and choose it again.</source>
   <translation>No se pudieron leer las imágenes de la cámara de red; apáguela, enciéndala y elíjala de nuevo.</translation>
  </message>
  <message>
   <location filename="rebuild.py" />
   <source>The network's layers cannot be joined as the file says; save it again with model.save('name.h5').</source>
   <translation>Las capas de la red no se pueden unir como indica el archivo; guárdela de nuevo con model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>The number that is given up is not there (MRG-1).</source>
   <translation>Falta el número que se abandona (MRG-1).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no OBR segment; the message may be cut off.</source>
   <translation>La petición no tiene segmento OBR; el mensaje puede estar cortado.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order has no number (OBR-2, OBR-3, ORC-2, ORC-3 are empty).</source>
   <translation>La petición no tiene número (OBR-2, OBR-3, ORC-2, ORC-3 están vacíos).</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>The order is new (ORC-1) and cancelled (ORC-5 {0}) at once.</source>
   <translation>La petición es a la vez nueva (ORC-1) y anulada (ORC-5 {0}).</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The order names no case; send the number of the case as its first identifier.</source>
   <translation>La petición no nombra ningún caso; envíe el número del caso como primer identificador.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>The other system’s certificate is not trusted or names another computer; check both in the settings.</source>
   <translation>El certificado del otro sistema no es de confianza o nombra otro equipo; compruebe ambos en los ajustes.</translation>
  </message>
  <message>
   <location filename="outbox.py" />
   <source>The outbox {0} cannot be opened; check the disk.</source>
   <translation>No se puede abrir la bandeja de salida {0}; compruebe el disco.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The password of this account is the hospital directory’s; it is changed there.</source>
   <translation>La contraseña de esta cuenta es la del directorio del hospital; se cambia allí.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>The patients that are locked away stayed in the laboratory.</source>
   <translation>Los pacientes reservados se quedaron en el laboratorio.</translation>
  </message>
  <message>
   <location filename="capture.py" />
   <source>The picture cannot be written; choose another kind of file.</source>
   <translation>No se puede escribir la imagen; elija otro tipo de archivo.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>The picture has another size now, so the recording has ended.</source>
   <translation>La imagen tiene ahora otro tamaño, así que la grabación ha terminado.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The picture is black; switch the lamp on, and open shutter and camera port.</source>
   <translation>La imagen está negra; encienda la lámpara y abra el obturador y la salida de cámara.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>The pictures of “{0}” have {1} megapixels, more than the {2} that can be opened; save it smaller.</source>
   <translation>Las imágenes de «{0}» tienen {1} megapíxeles, más de los {2} que pueden abrirse; guárdelo más pequeño.</translation>
  </message>
  <message>
   <location filename="engine_process.py" />
   <source>The preparing of a model ended unexpectedly. If other programs are open, close them to free memory; then start this one again.</source>
   <translation>La preparación de un modelo terminó de forma inesperada. Si hay otros programas abiertos, ciérrelos para liberar memoria; después inicie este de nuevo.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>The priority is not known; send routine, urgent, asap or stat.</source>
   <translation>La prioridad no se conoce; envíe routine, urgent, asap o stat.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The priority “{0}” is not known; write stat, urgent or routine.</source>
   <translation>La prioridad «{0}» no se conoce; escriba stat, urgent o routine.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile was taught with all of these patients; take cells of others, or look at the locked part.</source>
   <translation>El perfil se enseñó con todos estos pacientes; tome células de otros o consulte la parte bloqueada.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was compared with “{1}”, which speaks now: {2}; an administrator must write a reason to put it in force.</source>
   <translation>El perfil «{0}» se comparó con «{1}», que habla ahora: {2}; un administrador debe escribir un motivo para ponerlo en vigor.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was not compared with “{1}”, which speaks now, on the locked patients; do that, or an administrator must write a reason to put it in force.</source>
   <translation>El perfil «{0}» no se ha comparado con «{1}», que habla ahora, en los pacientes reservados; hágalo, o un administrador debe escribir un motivo para ponerlo en vigor.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>The profile “{0}” was proven {1}; an administrator must write a reason to put it in force.</source>
   <translation>El perfil «{0}» se probó {1}; un administrador debe escribir un motivo para activarlo.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>El programa no puede decir qué tipo de célula es.</translation>
  </message>
  <message>
   <location filename="kept_image.py" />
   <source>The program ended several times while it judged this image; look at it in another program.</source>
   <translation>El programa terminó varias veces al evaluar esta imagen; mírela en otro programa.</translation>
  </message>
  <message>
   <location filename="activation.py" />
   <source>The reason cannot be kept: the disk is full or the models' folder cannot be written.</source>
   <translation>La razón no se puede guardar: el disco está lleno o no se puede escribir en la carpeta de los modelos.</translation>
  </message>
  <message>
   <location filename="erasing.py" />
   <source>The reason stays in the audit trail for good; write it without the patient’s name or numbers.</source>
   <translation>El motivo queda para siempre en el registro de auditoría; escríbalo sin el nombre ni los números del paciente.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>The record that case {0} was erased was taken away behind the program’s back.</source>
   <translation>La constancia de que se borró el caso {0} se quitó a espaldas del programa.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>The role of this account comes from the groups of the hospital’s directory; it is changed there.</source>
   <translation>La función de esta cuenta viene de los grupos del directorio del hospital; se cambia allí.</translation>
  </message>
  <message>
   <location filename="marked_folder.py" />
   <source>The same image stands in another case, marked otherwise.</source>
   <translation>La misma imagen está en otro caso, marcada de otra manera.</translation>
  </message>
  <message>
   <location filename="scanning.py" />
   <source>The scale is not known; calibrate the objective in the settings, then scan.</source>
   <translation>No se conoce la escala; calibre el objetivo en los ajustes y escanee después.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The schema could not be checked: this user of the server may not make a schema beside it.</source>
   <translation>No se pudo comprobar el esquema: este usuario del servidor no puede crear otro a su lado.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups does not keep what is written; check its disk.</source>
   <translation>El segundo lugar para copias de seguridad no conserva lo que se escribe; compruebe su disco.</translation>
  </message>
  <message>
   <location filename="daily_copies.py" />
   <source>The second place for backups is not there; connect it, or choose another one in the settings.</source>
   <translation>El segundo lugar para copias de seguridad no está; conéctelo o elija otro en los ajustes.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>The separators after MSH make no sense; ask who made the file.</source>
   <translation>Los separadores después de MSH no tienen sentido; pregunte a quien hizo el archivo.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The server heeds no trigger of this database (session_replication_role is {0}).</source>
   <translation>El servidor no atiende ningún disparador de esta base de datos (session_replication_role es {0}).</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>The server needs accounts, so that everybody who calls has a name: make them with “leukoscope people add”, then turn accounts on in the settings of the window, or with “leukoscope serve accounts”.</source>
   <translation>El servidor necesita cuentas, para que todo el que llame tenga un nombre: créelas con «leukoscope people add» y active las cuentas en los ajustes de la ventana o con «leukoscope serve accounts».</translation>
  </message>
  <message>
   <location filename="case_place.py" />
   <source>The settings cannot be read, and the cases are in a shared database whose address stands there; put settings.json back, or write the address into it again.</source>
   <translation>No se pueden leer los ajustes, y los casos están en una base de datos compartida cuya dirección figura ahí; restaure settings.json o escriba de nuevo la dirección en él.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings could not be saved; check the disk and the permissions of its folder.</source>
   <translation>No se pudieron guardar los ajustes; compruebe el disco y los permisos de la carpeta.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and every setting has its default.</source>
   <translation>Los ajustes estaban dañados; se apartaron como «{0}» y cada ajuste tiene su valor predeterminado.</translation>
  </message>
  <message>
   <location filename="settings.py" />
   <source>The settings were damaged; they are set aside as “{0}”, and the last good ones are in force.</source>
   <translation>Los ajustes estaban dañados; se apartaron como «{0}» y rigen los últimos buenos.</translation>
  </message>
  <message>
   <location filename="orders.py" />
   <source>The sex of the patient cannot be read; it stays empty. Write it on the case.</source>
   <translation>El sexo no se puede leer y queda vacío. Escribirlo en el caso.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>The shared cases are no longer held by this workstation; nothing was changed. Try again.</source>
   <translation>Este puesto ya no retiene los casos compartidos; no se cambió nada. Inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signature of entry {0} is not one of its key.</source>
   <translation>La firma de la entrada {0} no es de su clave.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The signature of this site profile is not valid; export it again.</source>
   <translation>La firma de este perfil del laboratorio no es válida; expórtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The signed report of signature {0} of case {1} is missing, or not what was signed.</source>
   <translation>El informe firmado de la firma {0} del caso {1} falta o no es lo que se firmó.</translation>
  </message>
  <message>
   <location filename="kept_files.py" />
   <source>The site profile cannot be kept; check the disk and its permissions.</source>
   <translation>No se puede guardar el perfil del laboratorio; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile in force, “{0}”, is gone or damaged; import it again, or retire it.</source>
   <translation>El perfil del laboratorio en vigor, «{0}», ha desaparecido o está dañado; impórtelo de nuevo o retírelo.</translation>
  </message>
  <message>
   <location filename="site_files.py" />
   <source>The site profile is gone; import it again.</source>
   <translation>El perfil de laboratorio ya no está; impórtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with models that are not installed here ({2}); pack them where they are, and bring them with leukoscope models receive FILE.</source>
   <translation>El perfil del laboratorio «{0}.{1}» se enseñó con modelos que no están instalados aquí ({2}); empaquetarlos donde están y traerlos con leukoscope models receive FILE.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}.{1}” was taught with the models {2}; choose these, or teach it anew.</source>
   <translation>El perfil del laboratorio «{0}.{1}» se enseñó con los modelos {2}; elija estos o enséñelo de nuevo.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>The site profile “{0}” cannot be read; import it again.</source>
   <translation>No se puede leer el perfil del laboratorio «{0}»; impórtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not answer; check its power and its cable, then scan again.</source>
   <translation>La platina no responde; compruebe su alimentación y su cable, y escanee de nuevo.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>The stage does not get where it is sent: it is at its end or blocked; choose fewer fields, or begin elsewhere.</source>
   <translation>La platina no llega a donde se la envía: está al final de su recorrido o bloqueada; elija menos campos o empiece en otro lugar.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stage moved: let it come to rest, or shorten the exposure, and take it again.</source>
   <translation>La platina se movió: deje que se detenga, o acorte la exposición, y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The stain differs from the control slides' usual: check times, pH and age of the stain, and stain again.</source>
   <translation>La tinción difiere de la habitual de los portaobjetos de control: compruebe tiempos, pH y edad del colorante, y tiña de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>The stain is weak: check the staining times.</source>
   <translation>La tinción es débil: revise los tiempos de tinción.</translation>
  </message>
  <message>
   <location filename="signing_keys.py" />
   <source>The system’s keyring does not keep the key; leave it in the file.</source>
   <translation>El llavero del sistema no conserva la clave; déjela en el archivo.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority answered with something else than a timestamp; check its address.</source>
   <translation>La autoridad de sellado respondió algo que no es un sello de tiempo; compruebe su dirección.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority does not answer; it is asked again later.</source>
   <translation>La autoridad de sellado no responde; se le preguntará más tarde.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp authority refused to stamp; ask its operator.</source>
   <translation>La autoridad de sellado se negó a sellar; pregunte a su operador.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>The timestamp was not made by the authority whose certificate is set, or for something else.</source>
   <translation>El sello no lo hizo la autoridad cuyo certificado está configurado, o es de otra cosa.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The timestamps in “{0}” cannot be read; put the file back.</source>
   <translation>No se pueden leer los sellos de «{0}»; vuelva a poner el archivo.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; it must end at entry {1}.</source>
   <translation>El registro termina en la entrada {0}; debe terminar en la {1}.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>The trail ends at entry {0}; this workstation remembers entry {1}.</source>
   <translation>El registro termina en la entrada {0}; este puesto recuerda la entrada {1}.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>The trail has no entry {0} any more, of which {1} tells.</source>
   <translation>El registro ya no tiene la entrada {0}, que se indica aquí: {1}.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>The trail up to entry {0} was there on {1}: stamped by {2} (number {3}); {4} timestamps.</source>
   <translation>El registro hasta la entrada {0} existía el {1}: sellado por {2} (número {3}); {4} sellos.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file could not be played on; choose it again, or another one.</source>
   <translation>No se pudo seguir reproduciendo el archivo de vídeo; elíjalo de nuevo o elija otro.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video file is read slowly; check that its drive is connected.</source>
   <translation>El archivo de vídeo se lee despacio; compruebe que su unidad está conectada.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video is black here, as it was recorded.</source>
   <translation>El vídeo está negro aquí, tal como se grabó.</translation>
  </message>
  <message>
   <location filename="kinds.py" />
   <source>The video shows the same picture again and again, as it was recorded.</source>
   <translation>El vídeo muestra siempre la misma imagen, tal como se grabó.</translation>
  </message>
  <message>
   <location filename="weights.py" />
   <source>The weights of the layer “{0}” do not fit the network that the file describes; save the whole model again with model.save('name.h5').</source>
   <translation>Los pesos de la capa «{0}» no encajan en la red que describe el archivo; guarde de nuevo el modelo entero con model.save('name.h5').</translation>
  </message>
  <message>
   <location filename="archive.py" />
   <source>The weights of the model file have names that this program does not know; save the model again as .h5.</source>
   <translation>Los pesos del archivo del modelo tienen nombres que este programa no conoce; guarde el modelo de nuevo como .h5.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>The white balance drifted: set it on empty glass (Capture, Set white).</source>
   <translation>El balance de blancos se desvió: ajústelo sobre vidrio vacío (Captura, Ajustar blanco).</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>The worklist is being asked already; wait until it has answered.</source>
   <translation>La lista de trabajo ya se está consultando; espere a que responda.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is missing from the database.</source>
   <translation>{0} falta en la base de datos.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} is not as LeukoScope made it.</source>
   <translation>{0} no está como LeukoScope lo creó.</translation>
  </message>
  <message>
   <location filename="schema_check.py" />
   <source>The {0} was planted in the database; LeukoScope makes none of this name.</source>
   <translation>{0} se introdujo en la base de datos; LeukoScope no crea nada con ese nombre.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>There is a cell at this place already.</source>
   <translation>Ya hay una célula en este lugar.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>There is a model named “{0}” already; choose another name or remove it first.</source>
   <translation>Ya hay un modelo llamado «{0}»; elija otro nombre o elimínelo antes.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>There is a model named “{0}” already; remove it first.</source>
   <translation>Ya hay un modelo llamado «{0}»; elimínelo primero.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>There is an account of this name already; choose another.</source>
   <translation>Ya hay una cuenta con este nombre; elija otro.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is another site profile “{0}” already; give the new one another name.</source>
   <translation>Ya hay otro perfil del laboratorio «{0}»; dé otro nombre al nuevo.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>There is no FHIR server at this address; check it in the settings.</source>
   <translation>En esta dirección no hay ningún servidor FHIR; compruébela en los ajustes.</translation>
  </message>
  <message>
   <location filename="runs.py" />
   <source>There is no control run {0}; see the list for its number.</source>
   <translation>No hay serie de control {0}; vea su número en la lista.</translation>
  </message>
  <message>
   <location filename="backup_sources.py" />
   <source>There is no file “{0}”; look for the backup again.</source>
   <translation>No existe el archivo «{0}»; busque de nuevo la copia de seguridad.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>There is no folder “{0}”; {1} and name that folder.</source>
   <translation>No hay ninguna carpeta «{0}»; {1} e indique esa carpeta.</translation>
  </message>
  <message>
   <location filename="overview.py" />
   <source>There is no labeled cell here; name cells in a case and review it, or choose a folder.</source>
   <translation>Aquí no hay ninguna célula etiquetada; nombre células en un caso y revíselo, o elija una carpeta.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>There is no message between the marks.</source>
   <translation>No hay ningún mensaje entre las marcas.</translation>
  </message>
  <message>
   <location filename="library.py" />
   <source>There is no model named “{0}”; installed: {1}.</source>
   <translation>No hay ningún modelo llamado «{0}»; instalados: {1}.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>There is no re-read {0}; see the list for its number.</source>
   <translation>No hay relectura {0}; vea su número en la lista.</translation>
  </message>
  <message>
   <location filename="temporary_files.py" />
   <source>There is no room for temporary files; free some space on the disk, then try again.</source>
   <translation>No hay espacio para los archivos temporales; libere espacio en el disco e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>There is no room for this backup on the disk; free {0} MB, then try again.</source>
   <translation>No hay espacio en el disco para esta copia de seguridad; libere {0} MB e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="map_files.py" />
   <source>There is no room on the disk for the maps; free some space, then try again.</source>
   <translation>No hay sitio en el disco para los mapas; libere espacio e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="errors.py" />
   <source>There is no room on the disk, or your part of it is used up; free some space, then try again.</source>
   <translation>No queda espacio en el disco, o su parte está agotada; libere espacio y vuelva a intentarlo.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>There is no site profile “{0}”; the page Quality and “leukoscope site list” show all.</source>
   <translation>No hay ningún perfil del laboratorio «{0}»; la página Calidad y «leukoscope site list» los muestran todos.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>There is no such camera; “leukoscope cameras list” names those there are.</source>
   <translation>No existe esa cámara; «leukoscope cameras list» nombra las que hay.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>There is no token {0}; “leukoscope people tokens” lists them.</source>
   <translation>No existe el token {0}; «leukoscope people tokens» nombra los que hay.</translation>
  </message>
  <message>
   <location filename="compile_process.py" />
   <source>There is not enough memory for the models; close other programs, then start this one again.</source>
   <translation>No hay memoria suficiente para los modelos; cierre otros programas y después inicie este de nuevo.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>There is not enough memory for this image; close other programs.</source>
   <translation>No hay memoria suficiente para esta imagen; cierre otros programas.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>There was not enough memory for what lies at {0} (pixels from left, top); judge the image again.</source>
   <translation>No hubo memoria suficiente para lo que hay en {0} (píxeles desde la izquierda, desde arriba); haga evaluar la imagen de nuevo.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>These cases are encrypted with another key; type the recovery key that was printed for them.</source>
   <translation>Estos casos están cifrados con otra clave; escriba la clave de recuperación que se imprimió para ellos.</translation>
  </message>
  <message>
   <location filename="encryption.py" />
   <source>These cases are in a shared database; its server encrypts them. docs/security.md says what it must do.</source>
   <translation>Estos casos están en una base compartida; su servidor los cifra. docs/security.md dice qué debe hacer.</translation>
  </message>
  <message>
   <location filename="store_lock.py" />
   <source>These cases are open in a window or another command, here or on another workstation; close it, then try again.</source>
   <translation>Estos casos están abiertos en una ventana u otra orden, aquí o en otro puesto; ciérrela e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="database.py" />
   <source>These cases were saved by a newer version of LeukoScope; install that version to open them.</source>
   <translation>Estos casos los guardó una versión más reciente de LeukoScope; instale esa versión para abrirlos.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells are of two microscopes or cameras, or some were cut out and others not; make one folder, and one profile, for each.</source>
   <translation>Estas células son de dos microscopios o cámaras, o unas se recortaron y otras no; haga una carpeta y un perfil para cada tipo.</translation>
  </message>
  <message>
   <location filename="cell_changes.py" />
   <source>These cells lie too far apart to be pieces of one; choose cells that nearly touch.</source>
   <translation>Estas células están demasiado separadas para ser trozos de una sola; elija células que casi se toquen.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>These cells teach nothing yet; needed are {0}.</source>
   <translation>Estas células aún no enseñan nada; se necesitan {0}.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>These cells were taken with two microscopes, “{0}” and “{1}”; make one profile for each: take the cells of one.</source>
   <translation>Estas células se tomaron con dos microscopios, «{0}» y «{1}»; hacer un perfil para cada uno: tomar las células de uno.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>These columns are not known and were left out: {0}.</source>
   <translation>Estas columnas no se conocen y se dejaron fuera: {0}.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This account is closed or no longer there; choose another.</source>
   <translation>Esta cuenta está cerrada o ya no existe; elija otra.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account is no longer there; open the list again.</source>
   <translation>Esta cuenta ya no existe; abra la lista de nuevo.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This account may no longer be used; ask an administrator.</source>
   <translation>Esta cuenta ya no puede usarse; pregunte a un administrador.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup cannot be read; check the disk that it is on.</source>
   <translation>No se puede leer esta copia de seguridad; compruebe el disco en que está.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup holds no case, and there are {0} now; choose another.</source>
   <translation>Esta copia de seguridad no contiene ningún caso y ahora hay {0}; elija otra.</translation>
  </message>
  <message>
   <location filename="encrypted_file.py" />
   <source>This backup is damaged; choose another.</source>
   <translation>Esta copia de seguridad está dañada; elija otra.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup is not as LeukoScope writes it ({0}); choose another.</source>
   <translation>Esta copia de seguridad no es como las que escribe LeukoScope ({0}); elija otra.</translation>
  </message>
  <message>
   <location filename="restore.py" />
   <source>This backup was not put back: {0} Choose another.</source>
   <translation>Esta copia de seguridad no se restauró: {0} Elija otra.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This backup would unpack to {0} MB, which no backup of this size holds; it is damaged or planted. Choose another.</source>
   <translation>Esta copia de seguridad ocuparía {0} MB al descomprimirla, lo que ninguna de este tamaño contiene; está dañada o es maliciosa. Elija otra.</translation>
  </message>
  <message>
   <location filename="motors.py" />
   <source>This camera has no stage that can be moved from here; choose one of Micro-Manager whose stage has motors.</source>
   <translation>Esta cámara no tiene una platina que se pueda mover desde aquí; elija una de Micro-Manager cuya platina tenga motores.</translation>
  </message>
  <message>
   <location filename="hl7_building.py" />
   <source>This case cannot be written as HL7.</source>
   <translation>Este caso no se puede escribir como HL7.</translation>
  </message>
  <message>
   <location filename="queue.py" />
   <source>This case has an image of these very bytes already; nothing counts twice. Send another image.</source>
   <translation>Este caso ya tiene una imagen con exactamente estos bytes; nada cuenta dos veces. Envíe otra imagen.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being erased; choose another.</source>
   <translation>Se está borrando este caso; elija otro.</translation>
  </message>
  <message>
   <location filename="claims.py" />
   <source>This case is being exported, sent, signed or judged; wait until that is done, then erase it.</source>
   <translation>Este caso se está exportando, enviando, firmando o juzgando; espere a que termine y luego bórrelo.</translation>
  </message>
  <message>
   <location filename="case_orders.py" />
   <source>This case is no longer in the list; open the list again.</source>
   <translation>Este caso ya no está en la lista; abra la lista de nuevo.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is not signed; it can be changed as it is.</source>
   <translation>Este caso no está firmado; puede cambiarse tal como está.</translation>
  </message>
  <message>
   <location filename="open_case_lock.py" />
   <source>This case is open at another workstation; close it there, then erase it.</source>
   <translation>Este caso está abierto en otro puesto; ciérrelo allí y luego bórrelo.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed already.</source>
   <translation>Este caso ya está firmado.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Este caso está firmado; enmiéndelo con un motivo para cambiarlo.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>This cell could not be compared; look whether its image is still there.</source>
   <translation>Esta célula no se pudo comparar; mire si su imagen todavía está.</translation>
  </message>
  <message>
   <location filename="deciding.py" />
   <source>This cell is no longer in the case; open the case again.</source>
   <translation>Esta célula ya no está en el caso; abra el caso de nuevo.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This cell is no longer there; begin another re-read.</source>
   <translation>Esta célula ya no está; empiece otra relectura.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>This cell was moved, divided or joined, and what it became counts: take that out first, or undo the change.</source>
   <translation>Esta célula se movió, dividió o unió, y aquello en que se convirtió cuenta: retírelo primero o deshaga el cambio.</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>This copy of the cases is only looked at; export the end of the trail from the store.</source>
   <translation>Esta copia de los casos solo se consulta; exporte el final del registro desde la propia base de datos de casos.</translation>
  </message>
  <message>
   <location filename="findings.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Esto no parece un glóbulo blanco.</translation>
  </message>
  <message>
   <location filename="dicom_worklist.py" />
   <source>This entry of the DICOM worklist cannot be read; ask its administrator.</source>
   <translation>Esta entrada de la lista de trabajo DICOM no se puede leer; pregunte a su administrador.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>This file is no backup of LeukoScope; choose one that it made.</source>
   <translation>Este archivo no es una copia de seguridad de LeukoScope; elija una hecha por él.</translation>
  </message>
  <message>
   <location filename="worklist.py" />
   <source>This file is too large for a list of cases; choose another.</source>
   <translation>Este archivo es demasiado grande para una lista de casos; elija otro.</translation>
  </message>
  <message>
   <location filename="folder.py" />
   <source>This file is too large for a list of orders.</source>
   <translation>Este archivo es demasiado grande para una lista de peticiones.</translation>
  </message>
  <message>
   <location filename="batch_report.py" />
   <source>This image changed or has gone since it was judged; its cells stand in findings.json.</source>
   <translation>Esta imagen cambió o desapareció desde que se juzgó; sus células están en findings.json.</translation>
  </message>
  <message>
   <location filename="analyze.py" />
   <source>This image could not be analyzed; look at it in another program.</source>
   <translation>No se pudo analizar esta imagen; mírela en otro programa.</translation>
  </message>
  <message>
   <location filename="deidentification.py" />
   <source>This image could not be read or judged.</source>
   <translation>Esta imagen no se pudo leer o evaluar.</translation>
  </message>
  <message>
   <location filename="case_frames.py" />
   <source>This image is no longer in the case; open the case again.</source>
   <translation>Esta imagen ya no está en el caso; abra el caso de nuevo.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>This image is not in the store; add it again.</source>
   <translation>Esta imagen no está guardada; añádala de nuevo.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This image is not judged yet; its cells are in no count.</source>
   <translation>Esta imagen aún no se ha evaluado; sus células no están en ningún recuento.</translation>
  </message>
  <message>
   <location filename="segment_in_box.py" />
   <source>This image is one cell that was cut out already; draw cells on fields.</source>
   <translation>Esta imagen es una célula ya recortada; dibuje células en campos.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a PDF; choose a list as CSV or HL7.</source>
   <translation>Es un PDF; elija una lista como CSV o HL7.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>This is a cell that was cut out; a control slide is measured on whole fields.</source>
   <translation>Es una célula recortada; un portaobjetos de control se mide en campos enteros.</translation>
  </message>
  <message>
   <location filename="hl7_incoming.py" />
   <source>This is a message of a test (MSH-11); nothing of it is taken. Send P in MSH-11.</source>
   <translation>Es un mensaje de prueba (MSH-11); no se toma nada de él. Envíe P en MSH-11.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This is a workbook (Excel, LibreOffice); save it as CSV and choose that file.</source>
   <translation>Es un libro (Excel, LibreOffice); guárdelo como CSV y elija ese archivo.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4.</source>
   <translation>Esto no es un ServiceRequest de FHIR R4.</translation>
  </message>
  <message>
   <location filename="fhir_orders.py" />
   <source>This is no ServiceRequest of FHIR R4: {0}.</source>
   <translation>Esto no es un ServiceRequest de FHIR R4: {0}.</translation>
  </message>
  <message>
   <location filename="answers.py" />
   <source>This is no address of a camera; write it as http://camera:81/stream or rtsp://camera:554/stream.</source>
   <translation>Esta no es la dirección de una cámara; escríbala como http://camera:81/stream o rtsp://camera:554/stream.</translation>
  </message>
  <message>
   <location filename="case_repository.py" />
   <source>This is no case number; scan or type it again.</source>
   <translation>Esto no es un número de caso; escanéelo o escríbalo de nuevo.</translation>
  </message>
  <message>
   <location filename="blobs.py" />
   <source>This is no file of the image store.</source>
   <translation>Esto no es un archivo del almacén de imágenes.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This is no list of HL7 orders; choose another file.</source>
   <translation>Esto no es una lista de órdenes HL7; elija otro archivo.</translation>
  </message>
  <message>
   <location filename="cipher.py" />
   <source>This is no recovery key; type all its groups as they were printed.</source>
   <translation>Esta no es una clave de recuperación; escriba todos sus grupos como se imprimieron.</translation>
  </message>
  <message>
   <location filename="programs.py" />
   <source>This is the light edition; install the full LeukoScope to prepare or import models.</source>
   <translation>Esta es la edición ligera; instale LeukoScope completo para preparar o importar modelos.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>This is the same image as “{0}”, and is counted once.</source>
   <translation>Es la misma imagen que «{0}» y se cuenta una vez.</translation>
  </message>
  <message>
   <location filename="hl7_files.py" />
   <source>This line is no HL7 segment and belongs to no message.</source>
   <translation>Esta línea no es un segmento HL7 y no pertenece a ningún mensaje.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This line may belong to the open quote in line {0}.</source>
   <translation>Esta línea puede pertenecer a la comilla abierta de la línea {0}.</translation>
  </message>
  <message>
   <location filename="hl7_adt.py" />
   <source>This message breaks the rules of HL7; ask who made it.</source>
   <translation>Este mensaje incumple las reglas de HL7; pregunte a quien lo hizo.</translation>
  </message>
  <message>
   <location filename="hl7_orders.py" />
   <source>This message breaks the rules of HL7; ask who made the file.</source>
   <translation>Este mensaje incumple las reglas de HL7; pregunte a quien hizo el archivo.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>This name is too long; write at most {0} characters.</source>
   <translation>Este nombre es demasiado largo; escriba {0} caracteres como máximo.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>This number stands in line {0} already; a list names each case once.</source>
   <translation>Este número ya está en la línea {0}; una lista nombra cada caso una vez.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>This picture could not be analyzed.</source>
   <translation>No se pudo analizar esta imagen.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>This re-read is another person’s; join it to read the same cells.</source>
   <translation>Esta relectura es de otra persona; únase a ella para leer las mismas células.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region has {0} mm², more than the {1} that are taken at once; choose a smaller one.</source>
   <translation>Esta región tiene {0} mm², más que los {1} que se toman de una vez; elija una menor.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>This region lies beside the picture of “{0}”; choose one on it.</source>
   <translation>Esta región está fuera de la imagen de «{0}»; elija una dentro.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is damaged or was changed by hand; export it again where it was made.</source>
   <translation>Este perfil del laboratorio está dañado o se modificó a mano; expórtelo de nuevo donde se creó.</translation>
  </message>
  <message>
   <location filename="site_profile.py" />
   <source>This site profile is of a later version of the program; update this one.</source>
   <translation>Este perfil del laboratorio es de una versión posterior del programa; actualice este programa.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token has expired; ask an administrator for another.</source>
   <translation>Este token ha caducado; pida otro a un administrador.</translation>
  </message>
  <message>
   <location filename="tokens.py" />
   <source>This token is not known here; ask an administrator for another.</source>
   <translation>Este token no se conoce aquí; pida otro a un administrador.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>This token was revoked; ask an administrator for another.</source>
   <translation>Este token fue revocado; pida otro a un administrador.</translation>
  </message>
  <message>
   <location filename="store_errors.py" />
   <source>This workstation stood still in the middle of saving and lost its turn; nothing was saved. Do it again.</source>
   <translation>Este puesto se detuvo en medio de un guardado y perdió su turno; no se guardó nada. Hágalo de nuevo.</translation>
  </message>
  <message>
   <location filename="quality.py" />
   <source>Too dark: raise the lamp or the exposure time and take it again.</source>
   <translation>Demasiado oscura: suba la lámpara o el tiempo de exposición y tómela de nuevo.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too little light: clean the lens, or raise lamp or exposure.</source>
   <translation>Poca luz: limpie la lente, o suba la lámpara o la exposición.</translation>
  </message>
  <message>
   <location filename="inbox.py" />
   <source>Too many messages wait for a person; others that are to be refused are not kept until some are dismissed under “Show messages”.</source>
   <translation>Demasiados mensajes esperan a una persona; otros que deban rechazarse no se guardan hasta que se descarten algunos en «Mostrar mensajes».</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Too many wrong passwords; try again in 15 min, or ask an administrator.</source>
   <translation>Demasiadas contraseñas equivocadas; inténtelo de nuevo en 15 min o pregunte a un administrador.</translation>
  </message>
  <message>
   <location filename="people.py" />
   <source>Too many wrong passwords; try again in {0} min, or ask an administrator.</source>
   <translation>Demasiadas contraseñas equivocadas; inténtelo de nuevo en {0} min o pregunte a un administrador.</translation>
  </message>
  <message>
   <location filename="figures.py" />
   <source>Too much light: lower lamp or exposure.</source>
   <translation>Demasiada luz: baje la lámpara o la exposición.</translation>
  </message>
  <message>
   <location filename="import_process.py" />
   <source>Tried on {0}. The cells that chose it flatter it.</source>
   <translation>Probado con {0}. Las células que lo eligieron lo favorecen.</translation>
  </message>
  <message>
   <location filename="crew.py" />
   <source>Two workers were lost while they judged this image; look at it in another program.</source>
   <translation>Se perdieron dos procesos de cálculo mientras analizaban esta imagen; véala en otro programa.</translation>
  </message>
  <message>
   <location filename="waiting_check.py" />
   <source>Waiting image {0} of case {1} is said to be judged, and no program has begun with it.</source>
   <translation>La imagen en espera {0} del caso {1} consta como en evaluación, pero ningún programa ha empezado con ella.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>What answers at this address is no FHIR server; check it in the settings.</source>
   <translation>Lo que responde en esta dirección no es un servidor FHIR; compruébela en los ajustes.</translation>
  </message>
  <message>
   <location filename="trail_verifier.py" />
   <source>What is left of entries that entry {0} erased was changed.</source>
   <translation>Lo que queda de las entradas que la entrada {0} borró fue cambiado.</translation>
  </message>
  <message>
   <location filename="hl7_ack.py" />
   <source>What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.</source>
   <translation>Lo que responde el sistema del hospital no es una confirmación HL7; compruebe el puerto en los ajustes.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>What was learned of some patients says nothing of the others: the labels seem to be mixed up; check that every cell lies in the folder of its class and its patient.</source>
   <translation>Lo aprendido de algunos pacientes no dice nada de los demás: las etiquetas parecen estar mezcladas; compruebe que cada célula está en la carpeta de su clase y de su paciente.</translation>
  </message>
  <message>
   <location filename="lab.py" />
   <source>What was taught cannot be kept; check the disk and its permissions.</source>
   <translation>No se puede guardar lo enseñado; compruebe el disco y sus permisos.</translation>
  </message>
  <message>
   <location filename="sender.py" />
   <source>What was to be sent can no longer be read from the disk; send the case again.</source>
   <translation>Lo que se iba a enviar ya no se puede leer del disco; envíe el caso de nuevo.</translation>
  </message>
  <message>
   <location filename="profile_library.py" />
   <source>Which site profile is in force cannot be read; activate one, or retire it ({0}).</source>
   <translation>No se puede leer qué perfil del laboratorio está en vigor; active uno o retírelo ({0}).</translation>
  </message>
  <message>
   <location filename="audit_trail.py" />
   <source>While the program ran, audit-head.json was taken away, or put back from an older copy.</source>
   <translation>Mientras el programa funcionaba, audit-head.json se retiró o se sustituyó por una copia más antigua.</translation>
  </message>
  <message>
   <location filename="lease.py" />
   <source>While this workstation was away, a backup took the place of the shared cases; nothing was saved. Close the program and open it again.</source>
   <translation>Mientras este puesto estaba ausente, una copia de seguridad ocupó el lugar de los casos compartidos; no se guardó nada. Cierre el programa y ábralo de nuevo.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>Windows lets no program use a camera; switch on “Let desktop apps access your camera” in Settings, Privacy &amp; security, Camera.</source>
   <translation>Windows no deja que ningún programa use una cámara; active «Permitir que las aplicaciones de escritorio accedan a la cámara» en Configuración, Privacidad y seguridad, Cámara.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write an administrator’s name and password first.</source>
   <translation>Escriba primero el nombre y la contraseña de un administrador.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write below which name people and groups are, for example dc=hospital,dc=example.</source>
   <translation>Escriba bajo qué nombre están las personas y los grupos, por ejemplo dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write groups in full, as in cn=reviewers,ou=groups,dc=hospital,dc=example.</source>
   <translation>Escriba los grupos completos, como cn=reviewers,ou=groups,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="fhir_send.py" />
   <source>Write the address of the FHIR server as https://server/base, without a name or password.</source>
   <translation>Escriba la dirección del servidor FHIR como https://servidor/base, sin nombre ni contraseña.</translation>
  </message>
  <message>
   <location filename="asker.py" />
   <source>Write the address of the worklist first, for example WORKLIST@ris.hospital:2762.</source>
   <translation>Escriba primero la dirección de la lista de trabajo, por ejemplo WORKLIST@ris.hospital:2762.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write the directory’s address as ldaps://computer, or ldap://computer for StartTLS; plain:// goes in the clear.</source>
   <translation>Escriba la dirección del directorio como ldaps://equipo, o ldap://equipo para StartTLS; plain:// va sin cifrar.</translation>
  </message>
  <message>
   <location filename="operator_session.py" />
   <source>Write the directory’s address first.</source>
   <translation>Escriba primero la dirección del directorio.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>Write the end of the trail as the report prints it: 57-9f86d081884c7d65.</source>
   <translation>Escriba el final del registro tal como lo imprime el informe: 57-9f86d081884c7d65.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Write the month with year and number: 2026-11.</source>
   <translation>Escriba el mes con año y número: 2026-11.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>Write the name with which this person signs in at the hospital’s directory.</source>
   <translation>Escriba el nombre con el que esta persona inicia sesión en el directorio del hospital.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where DICOM files go as TITLE@computer:port, for example ARCHIVE@pacs:104.</source>
   <translation>Escriba adónde van los archivos DICOM como TÍTULO@equipo:puerto, por ejemplo ARCHIVE@pacs:104.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where HL7 messages go as computer:port, for example lis.hospital:2575.</source>
   <translation>Escriba adónde van los mensajes HL7 como equipo:puerto, por ejemplo lis.hospital:2575.</translation>
  </message>
  <message>
   <location filename="nodes.py" />
   <source>Write where to listen as address:port, for example 127.0.0.1:2575, or tls://0.0.0.0:2575.</source>
   <translation>Escriba dónde escuchar como dirección:puerto, por ejemplo 127.0.0.1:2575, o tls://0.0.0.0:2575.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>Write why nothing more is to be done about this message.</source>
   <translation>Escriba por qué no hay nada más que hacer con este mensaje.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name first; it stands beside what you decide.</source>
   <translation>Escriba primero su nombre; figura junto a lo que usted decide.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Write your name; a signature needs one.</source>
   <translation>Escriba su nombre; una firma lo necesita.</translation>
  </message>
  <message>
   <location filename="access_control.py" />
   <source>Write your name; it stands beside what you decide.</source>
   <translation>Escriba su nombre; figura junto a lo que usted decide.</translation>
  </message>
  <message>
   <location filename="directory.py" />
   <source>Write {} once where the name belongs, as in uid={},ou=people,dc=hospital,dc=example.</source>
   <translation>Escriba {} una vez donde va el nombre, como en uid={},ou=people,dc=hospital,dc=example.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>You decided cells of this case yourself; somebody else must sign it.</source>
   <translation>Usted decidió células de este caso; debe firmarlo otra persona.</translation>
  </message>
  <message>
   <location filename="reread_service.py" />
   <source>You have read these cells already; another person can read them.</source>
   <translation>Usted ya leyó estas células; otra persona puede leerlas.</translation>
  </message>
  <message>
   <location filename="seats.py" />
   <source>You were signed out; sign in again.</source>
   <translation>Se cerró su sesión; vuelva a iniciarla.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory has expired; ask the help desk.</source>
   <translation>Su cuenta del directorio del hospital ha caducado; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_directory.py" />
   <source>Your account of the hospital’s directory is closed or no longer there; ask the help desk.</source>
   <translation>Su cuenta del directorio del hospital está cerrada o ya no existe; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your account of the hospital’s directory is closed; ask the help desk.</source>
   <translation>Su cuenta del directorio del hospital está cerrada; pregunte al servicio de ayuda.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory has expired; change it at a hospital computer, then sign in.</source>
   <translation>Su contraseña del directorio del hospital ha caducado; cámbiela en un equipo del hospital y luego inicie sesión.</translation>
  </message>
  <message>
   <location filename="ldap_texts.py" />
   <source>Your password of the hospital’s directory must be changed first; do that at a hospital computer.</source>
   <translation>Primero hay que cambiar su contraseña del directorio del hospital; hágalo en un equipo del hospital.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} In all, {1} of the {2} cells could not be judged; look at them yourself.</source>
   <translation>{0} En total, {1} de las {2} células no se pudieron evaluar; mírelas usted mismo.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} See its chart.</source>
   <translation>{0} incumplió una regla del control diario ({1}): {2} Vea su gráfico.</translation>
  </message>
  <message>
   <location filename="in_force.py" />
   <source>{0} broke a rule of daily control ({1}): {2} Then measure the control slide again, or let a reviewer leave the run out with a reason.</source>
   <translation>{0} incumplió una regla del control diario ({1}): {2} Mida después otra vez el portaobjetos de control, o haga que un revisor omita la medición con un motivo.</translation>
  </message>
  <message>
   <location filename="numbers.py" />
   <source>{0} cases have the number “{1}”; give each its own first.</source>
   <translation>{0} casos tienen el número «{1}»; dé primero a cada uno el suyo.</translation>
  </message>
  <message>
   <location filename="store_check.py" />
   <source>{0} files are in the clear; leukoscope encryption on encrypts them.</source>
   <translation>{0} archivos están sin cifrar; leukoscope encryption on los cifra.</translation>
  </message>
  <message>
   <location filename="manual_edits.py" />
   <source>{0} has commented on this cell meanwhile; yours was “{1}”.</source>
   <translation>{0} ha comentado esta célula entretanto; el suyo era «{1}».</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has labeled this cell {1} meanwhile.</source>
   <translation>Entretanto, {0} ha etiquetado esta célula como {1}.</translation>
  </message>
  <message>
   <location filename="conflicts.py" />
   <source>{0} has taken the label of this cell back meanwhile.</source>
   <translation>Entretanto, {0} ha retirado la etiqueta de esta célula.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} images of previews, deleted files or earlier results in “{1}” are left out.</source>
   <translation>Se omiten {0} imágenes de vistas previas, archivos eliminados o resultados anteriores en «{1}».</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case are not judged yet; wait for them, or remove them.</source>
   <translation>{0} imágenes de este caso aún no se han evaluado; espere o quítelas.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} images of this case could not be judged; judge again, remove, or sign without them.</source>
   <translation>No se pudieron juzgar {0} imágenes de este caso; júzguelas de nuevo, quítelas o firme sin ellas.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of an end of the trail that nobody signed.</source>
   <translation>{0} es de un final del registro que nadie firmó.</translation>
  </message>
  <message>
   <location filename="trail_stamps.py" />
   <source>{0} is of before a backup was put back.</source>
   <translation>{0} es de antes de restaurar una copia de seguridad.</translation>
  </message>
  <message>
   <location filename="trial_cells.py" />
   <source>{0} leukemic and {1} healthy cells were found in “{2}”; at least {3} of each side are needed. For this, {4}.</source>
   <translation>Se encontraron {0} células leucémicas y {1} sanas en «{2}»; se necesitan al menos {3} de cada lado. Para ello: {4}.</translation>
  </message>
  <message>
   <location filename="backup_check.py" />
   <source>{0} missing or damaged: SHA-256 {1}{2}.</source>
   <translation>{0} falta o está dañado: SHA-256 {1}{2}.</translation>
  </message>
  <message>
   <location filename="proof_text.py" />
   <source>{0} more pictures were left out.</source>
   <translation>Se omitieron {0} imágenes más.</translation>
  </message>
  <message>
   <location filename="measuring.py" />
   <source>{0} of at least {1} fields could be measured; take more of the slide.</source>
   <translation>Se pudieron medir {0} de al menos {1} campos; tome más del portaobjetos.</translation>
  </message>
  <message>
   <location filename="lost_cells.py" />
   <source>{0} of the {1} cells could not be judged; look at them yourself.</source>
   <translation>{0} de las {1} células no se pudieron juzgar; véalas usted mismo.</translation>
  </message>
  <message>
   <location filename="stray_rows.py" />
   <source>{0} rows of “{1}” belong to none of “{2}” ({3}); they were put there, or what they belong to was taken away, behind the program’s back.</source>
   <translation>{0} filas de «{1}» no pertenecen a ninguna de «{2}» ({3}); se añadieron, o se quitó aquello a lo que pertenecen, a espaldas del programa.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>{0} smaller copies, labels or masks in “{1}” are left out.</source>
   <translation>Se omiten {0} copias reducidas, etiquetas o máscaras en «{1}».</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>{0} unsure cells wait for you; label them, then sign.</source>
   <translation>{0} células dudosas le esperan; etiquételas y luego firme.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was added behind the program’s back; the trail does not know it.</source>
   <translation>{0} se añadió a espaldas del programa; el registro no lo conoce.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back ({1}); entry {2} says otherwise.</source>
   <translation>{0} se cambió a espaldas del programa ({1}); la entrada {2} dice otra cosa.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back between entries {1} and {2}.</source>
   <translation>{0} se cambió a espaldas del programa entre las entradas {1} y {2}.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was changed behind the program’s back; entry {1} says otherwise.</source>
   <translation>{0} se cambió a espaldas del programa; la entrada {1} dice otra cosa.</translation>
  </message>
  <message>
   <location filename="row_check.py" />
   <source>{0} was taken away behind the program’s back; entry {1} tells of it.</source>
   <translation>{0} se retiró a espaldas del programa; la entrada {1} habla de ello.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” calls TensorFlow's “{1}”, which this program does not rebuild; type {2} in the notebook that made it, and import that folder.</source>
   <translation>«{0}» llama a «{1}» de TensorFlow, que este programa no reconstruye; escriba {2} en el cuaderno con el que se creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="images.py" />
   <source>“{0}” can no longer be read; add it again.</source>
   <translation>«{0}» ya no se puede leer; añádalo de nuevo.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” can no longer be read; check that its drive is connected, then open it again.</source>
   <translation>«{0}» ya no se puede leer; compruebe que su unidad está conectada y ábralo de nuevo.</translation>
  </message>
  <message>
   <location filename="importer.py" />
   <source>“{0}” cannot be a model's name; use small letters, digits, dots and dashes.</source>
   <translation>«{0}» no puede ser el nombre de un modelo; use minúsculas, cifras, puntos y guiones.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” cannot be opened; close other programs that use it, and check that you may use cameras.</source>
   <translation>No se puede abrir «{0}»; cierre otros programas que la usen y compruebe que puede usar cámaras.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” cannot be opened; switch the microscope on and close Micro-Manager.</source>
   <translation>No se puede abrir «{0}»; encienda el microscopio y cierre Micro-Manager.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be played; choose a video file, for example MP4 or AVI.</source>
   <translation>No se puede reproducir «{0}»; elija un archivo de vídeo, por ejemplo MP4 o AVI.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” cannot be put together: its weights are not those of its network, or its Keras is newer than this program's. Type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» no se puede componer: sus pesos no son los de su red, o su Keras es más nuevo que el de este programa. Escriba model.export('folder') en el cuaderno que lo creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” cannot be read, or the disk is full; nothing was installed.</source>
   <translation>«{0}» no se puede leer, o el disco está lleno; no se instaló nada.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” cannot be read: it is damaged, or uses an operation that this program has no rule for; copy it again, or build the model of Keras' own layers and save that.</source>
   <translation>«{0}» no se puede leer: está dañado o usa una operación para la que este programa no tiene regla; cópielo otra vez o construya el modelo con las capas de Keras y guarde ese.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be read; check its name and its drive.</source>
   <translation>No se puede leer «{0}»; compruebe su nombre y su unidad.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” cannot be read; check that its drive is connected and copy it again.</source>
   <translation>«{0}» no se puede leer; compruebe que su unidad esté conectada y cópielo de nuevo.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” cannot be read; check that its drive is connected and that you may read it.</source>
   <translation>«{0}» no se puede leer; compruebe que su unidad está conectada y que usted puede leerlo.</translation>
  </message>
  <message>
   <location filename="service.py" />
   <source>“{0}” cannot be written; check the disk.</source>
   <translation>No se puede escribir «{0}»; compruebe el disco.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” cannot be written; choose another folder.</source>
   <translation>No se puede escribir «{0}»; elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” cannot be written; choose another place for the token.</source>
   <translation>«{0}» no se puede escribir; elija otro lugar para el token.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” cannot be written; connect the drive it is on, or choose another place.</source>
   <translation>«{0}» no se puede escribir; conecte la unidad en la que está o elija otro lugar.</translation>
  </message>
  <message>
   <location filename="dicom_base.py" />
   <source>“{0}” cannot be written; free some space or choose another folder.</source>
   <translation>No se puede escribir «{0}»; libere espacio o elija otra carpeta.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” changes when the weights are shuffled (correlation {1}), as it must.</source>
   <translation>«{0}» cambia cuando se barajan los pesos (correlación {1}), como debe ser.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” claims {1} megapixels and holds next to nothing; save it again in the program it comes from.</source>
   <translation>«{0}» dice tener {1} megapíxeles y no contiene casi nada; guárdelo de nuevo en el programa del que procede.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” contains {1}, which can run code; type {2} in the notebook that made it, and import that folder.</source>
   <translation>«{0}» contiene {1}, que puede ejecutar código; escriba {2} en el cuaderno con el que se creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” could not be tried by taking pixels away: the answer hardly depends on the cell.</source>
   <translation>«{0}» no pudo probarse quitando píxeles: la respuesta apenas depende de la célula.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” describes a network that is nested too deep; it is refused.</source>
   <translation>«{0}» describe una red anidada con demasiada profundidad; se rechaza.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes a network that is too large; it is refused.</source>
   <translation>«{0}» describe una red demasiado grande; se rechaza.</translation>
  </message>
  <message>
   <location filename="two_files.py" />
   <source>“{0}” describes a network without its weights; put them beside it as “{1}.weights.h5”, then import it again.</source>
   <translation>«{0}» describe una red sin sus pesos; póngalos al lado como «{1}.weights.h5» e impórtela de nuevo.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” describes no network; save the whole model with model.save().</source>
   <translation>«{0}» no describe ninguna red; guarde el modelo entero con model.save().</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” does not exist; check its name and that its drive is connected.</source>
   <translation>«{0}» no existe; compruebe su nombre y que su unidad esté conectada.</translation>
  </message>
  <message>
   <location filename="slide_fields.py" />
   <source>“{0}” does not state its scale; say which objective it was scanned with first.</source>
   <translation>«{0}» no indica su escala; diga primero con qué objetivo se escaneó.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures made by “{1}”, which may be more than 1 or less than 0; probabilities or logits are needed. Give its last layer the activation “sigmoid” or “softmax”, and train that.</source>
   <translation>«{0}» termina en cifras de «{1}», que pueden ser mayores que 1 o menores que 0; se necesitan probabilidades o logits. Dé a la última capa la activación «sigmoid» o «softmax» y entrene ese modelo.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” ends in figures of {1} for each cell; one figure for each class is needed. Put GlobalAveragePooling2D and Dense(1, activation=“sigmoid”) at its end, and train that.</source>
   <translation>«{0}» termina en cifras de {1} por célula; se necesita una cifra por clase. Ponga GlobalAveragePooling2D y Dense(1, activation=«sigmoid») al final y entrene ese modelo.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” follows no model that is installed; choose which models judge instead.</source>
   <translation>«{0}» no sigue a ningún modelo instalado; elegir en su lugar qué modelos juzgan.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” gives one figure for each cell, which tells two classes apart: name healthy,leukemic or leukemic,healthy.</source>
   <translation>«{0}» da una cifra por célula, que distingue dos clases: nombre healthy,leukemic o leukemic,healthy.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” has more than {1} pages; save those that show cells as images of their own.</source>
   <translation>«{0}» tiene más de {1} páginas; guarde como imágenes propias las que muestran células.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” has {1} % of its evidence on the cell, which fills {2} % of the image.</source>
   <translation>«{0}» tiene el {1} % de sus indicios sobre la célula, que llena el {2} % de la imagen.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} megapixels, more than the {2} that can be opened; save it in parts or smaller.</source>
   <translation>«{0}» tiene {1} megapíxeles, más de los {2} que pueden abrirse; guárdelo por partes o más pequeño.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” has {1} outputs; say which of them tells what a cell is: one of {2}.</source>
   <translation>«{0}» tiene {1} salidas; diga cuál de ellas indica qué es una célula: una de {2}.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” has {1} pages; save each page as an image of its own.</source>
   <translation>«{0}» tiene {1} páginas; guarde cada página como una imagen.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds a file twice; it is refused.</source>
   <translation>«{0}» contiene un archivo dos veces; se rechaza.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a link instead of weights; it is refused.</source>
   <translation>«{0}» contiene un enlace en lugar de pesos; se rechaza.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds a part of itself twice; it is refused.</source>
   <translation>«{0}» contiene dos veces una parte de sí mismo; se rechaza.</translation>
  </message>
  <message>
   <location filename="run_journal.py" />
   <source>“{0}” holds an unfinished run that was asked otherwise ({1}); go on as it was asked, choose another folder with --out, or throw it away with --anew.</source>
   <translation>«{0}» contiene un análisis sin terminar que se pidió de otro modo ({1}); continúelo tal como se pidió, elija otra carpeta con --out o descártelo con --anew.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” holds arrays but no network; give them to the model with model.set_weights, type model.save('name.keras'), and import that.</source>
   <translation>«{0}» contiene matrices, pero ninguna red; páselas al modelo con model.set_weights, escriba model.save('name.keras') e importe eso.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds files that a Keras model does not need ({1}); it is refused.</source>
   <translation>«{0}» contiene archivos que un modelo Keras no necesita ({1}); se rechaza.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds more parts than any network; it is refused.</source>
   <translation>«{0}» contiene más partes que cualquier red; se rechaza.</translation>
  </message>
  <message>
   <location filename="timestamps.py" />
   <source>“{0}” holds no certificate of a timestamp authority; choose a PEM file.</source>
   <translation>«{0}» no contiene ningún certificado de una autoridad de sellado; elija un archivo PEM.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificate with its key; choose a PEM file in the settings.</source>
   <translation>«{0}» no contiene un certificado con su clave; elija un archivo PEM en los ajustes.</translation>
  </message>
  <message>
   <location filename="tls.py" />
   <source>“{0}” holds no certificates; choose a PEM file in the settings.</source>
   <translation>«{0}» no contiene certificados; elija un archivo PEM en los ajustes.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” holds no image; send another file.</source>
   <translation>«{0}» no contiene ninguna imagen; envíe otro archivo.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” holds no picture that can be shown; choose another video file.</source>
   <translation>«{0}» no contiene ninguna imagen que se pueda mostrar; elija otro archivo de vídeo.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” holds no picture; check the disk and record again.</source>
   <translation>«{0}» no contiene ninguna imagen; compruebe el disco y grabe de nuevo.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” holds something else than numbers among its weights; it is refused.</source>
   <translation>«{0}» contiene algo que no son números entre sus pesos; se rechaza.</translation>
  </message>
  <message>
   <location filename="cell_export.py" />
   <source>“{0}” holds something else; name a new or empty folder.</source>
   <translation>«{0}» contiene otra cosa; indique una carpeta nueva o vacía.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” holds weights but no network; save the whole model with model.save().</source>
   <translation>«{0}» contiene pesos pero ninguna red; guarde el modelo entero con model.save().</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file with {1}, which is not read; export it as PNG or TIFF, or without compression.</source>
   <translation>«{0}» es un archivo DICOM con {1}, que no se lee; expórtelo como PNG o TIFF, o sin compresión.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a DICOM file without a picture; choose the one with the image, or copy it again.</source>
   <translation>«{0}» es un archivo DICOM sin imagen; elija el que contiene la imagen o cópielo de nuevo.</translation>
  </message>
  <message>
   <location filename="tiff_kinds.py" />
   <source>“{0}” is a TIFF of a kind that is not read ({1}); save it again as a plain RGB TIFF or PNG with 8 or 16 bits per sample.</source>
   <translation>«{0}» es un TIFF de un tipo que no se lee ({1}); guárdelo de nuevo como TIFF RGB simple o PNG con 8 o 16 bits por muestra.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is a date, perhaps made by a spreadsheet; format the column as text and save the list again.</source>
   <translation>«{0}» es una fecha, quizá hecha por una hoja de cálculo; dé formato de texto a la columna y guarde la lista otra vez.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a file of PyTorch, which can run code and is not opened; type torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') in the notebook that made it, and import that.</source>
   <translation>«{0}» es un archivo de PyTorch, que puede ejecutar código y no se abre; escriba torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx') en el cuaderno con el que se creó e importe eso.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder without a saved_model.pb; choose a model's file, or an exported folder.</source>
   <translation>«{0}» es una carpeta sin saved_model.pb; elija el archivo de un modelo o una carpeta exportada.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is a folder; choose another name.</source>
   <translation>«{0}» es una carpeta; elija otro nombre.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a folder; choose the file “{1}” in it.</source>
   <translation>«{0}» es una carpeta; elija el archivo «{1}» que contiene.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is a folder; open it as a folder, or choose an image in it.</source>
   <translation>«{0}» es una carpeta; ábrala como carpeta o elija una imagen de ella.</translation>
  </message>
  <message>
   <location filename="ffmpeg_options.py" />
   <source>“{0}” is a list of other videos, not a video; choose the video file itself.</source>
   <translation>«{0}» es una lista de otros vídeos, no un vídeo; elija el propio archivo de vídeo.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is a pickle, which can run code and is not opened; type model.save('name.keras') in the notebook that made it, and import that.</source>
   <translation>«{0}» es un pickle, que puede ejecutar código y no se abre; escriba model.save('name.keras') en el cuaderno con el que se creó e importe eso.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is a slide in DICOM tiles, which is not one image; export its fields as PNG or TIFF.</source>
   <translation>«{0}» es un portaobjetos en teselas DICOM y no una sola imagen; exporte sus campos como PNG o TIFF.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is a slide; open it alone, and take the region of it that you need.</source>
   <translation>«{0}» es un portaobjetos; ábralo solo y tome la región que necesite.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a text file, not an image; choose a {1} image.</source>
   <translation>«{0}» es un archivo de texto, no una imagen; elija una imagen {1}.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is a {1} file of a kind that is not read ({2}); export its images as TIFF or PNG from the program it comes from.</source>
   <translation>«{0}» es un archivo {1} de un tipo que no se lee ({2}); exporte sus imágenes como TIFF o PNG desde el programa del que procede.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is a {1} file, which is not read; export its images as {2}.</source>
   <translation>«{0}» es un archivo {1}, que no se lee; exporte sus imágenes como {2}.</translation>
  </message>
  <message>
   <location filename="codestreams.py" />
   <source>“{0}” is a {1}, which is not read; save it again as PNG or TIFF with 8 or 16 bits.</source>
   <translation>«{0}» es una imagen que no se lee ({1}); guárdela de nuevo como PNG o TIFF de 8 o 16 bits.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is an animation; save one still image of it.</source>
   <translation>«{0}» es una animación; guarde una imagen fija.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive with “{1}” in it; unpack it, and import that file.</source>
   <translation>«{0}» es un archivo comprimido que contiene «{1}»; descomprímalo e importe ese archivo.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is an archive, but no Keras model; save the model with model.save('name.keras'), and import that.</source>
   <translation>«{0}» es un archivo comprimido, pero no un modelo Keras; guarde el modelo con model.save('name.keras') e importe ese archivo.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” is an error of a spreadsheet, not a number.</source>
   <translation>«{0}» es un error de una hoja de cálculo, no un número.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is compressed in a way that is not read; export it from its scanner as SVS or OME-TIFF.</source>
   <translation>«{0}» está comprimido de una forma que no se lee; expórtelo de su escáner como SVS u OME-TIFF.</translation>
  </message>
  <message>
   <location filename="video_decoding.py" />
   <source>“{0}” is damaged or incomplete.</source>
   <translation>«{0}» está dañado o incompleto.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the microscope or camera.</source>
   <translation>«{0}» está dañado o incompleto; cópielo de nuevo desde el microscopio o la cámara.</translation>
  </message>
  <message>
   <location filename="opener.py" />
   <source>“{0}” is damaged or incomplete; copy it again from the scanner, with all files beside it.</source>
   <translation>«{0}» está dañado o incompleto; cópielo de nuevo del escáner, con todos los archivos que lo acompañan.</translation>
  </message>
  <message>
   <location filename="tiff_chain.py" />
   <source>“{0}” is damaged, its pages point at each other in a circle; copy it again from the microscope.</source>
   <translation>«{0}» está dañado, sus páginas remiten unas a otras en círculo; cópielo de nuevo del microscopio.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” is empty on {1} of {2} cells: there it shows nothing for the answer.</source>
   <translation>«{0}» está vacío en {1} de {2} células: ahí no muestra nada a favor de la respuesta.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” is empty; copy it again from the microscope or camera.</source>
   <translation>«{0}» está vacío; cópielo de nuevo desde el microscopio o la cámara.</translation>
  </message>
  <message>
   <location filename="sent_files.py" />
   <source>“{0}” is empty; send it again.</source>
   <translation>«{0}» está vacío; envíelo de nuevo.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is locked with a password; save the model without one.</source>
   <translation>«{0}» está bloqueado con contraseña; guarde el modelo sin ella.</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” is no class of cells; {1}, CLASS being one of {2}.</source>
   <translation>«{0}» no es ninguna clase de células; {1}, siendo CLASS uno de {2}.</translation>
  </message>
  <message>
   <location filename="sides.py" />
   <source>“{0}” is no class that this program knows; name each of the model's classes healthy, leukemic or other, or one of {1}.</source>
   <translation>«{0}» no es una clase que este programa conozca; nombre cada clase del modelo healthy, leukemic u other, o una de {1}.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is no longer the slide that it was; open it again.</source>
   <translation>«{0}» ya no es el portaobjetos que era; ábralo de nuevo.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is no model that this program packed; ask for it again.</source>
   <translation>«{0}» no es un modelo que este programa haya empaquetado; pídalo de nuevo.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is no model; save the model with model.save('name.keras'), and import that.</source>
   <translation>«{0}» no es un modelo; guarde el modelo con model.save('name.keras') e importe ese archivo.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is no token file; choose another.</source>
   <translation>«{0}» no es un archivo de token; elija otro.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is not a file; choose an image file.</source>
   <translation>«{0}» no es un archivo; elija un archivo de imagen.</translation>
  </message>
  <message>
   <location filename="slide.py" />
   <source>“{0}” is not a slide that this program can open in parts; open it as an image.</source>
   <translation>«{0}» no es un portaobjetos que este programa pueda abrir por partes; ábralo como imagen.</translation>
  </message>
  <message>
   <location filename="not_opened.py" />
   <source>“{0}” is not an image this program knows; save it as {1}.</source>
   <translation>«{0}» no es una imagen que este programa conozca; guárdela como {1}.</translation>
  </message>
  <message>
   <location filename="catalog.py" />
   <source>“{0}” is not plugged in; check its cable.</source>
   <translation>«{0}» no está conectada; compruebe su cable.</translation>
  </message>
  <message>
   <location filename="port.py" />
   <source>“{0}” is not stored in tiles, so that no part of it can be read alone; save it as a tiled TIFF.</source>
   <translation>«{0}» no está guardado en teselas, por lo que no se puede leer solo una parte; guárdelo como TIFF en teselas.</translation>
  </message>
  <message>
   <location filename="trail_heads.py" />
   <source>“{0}” is not there, or holds no end of an audit trail; choose another file.</source>
   <translation>«{0}» no está o no contiene ningún final de un registro de auditoría; elija otro archivo.</translation>
  </message>
  <message>
   <location filename="other_kinds.py" />
   <source>“{0}” is part of a saved state of training (.ckpt), which holds weights but no network; load it in the notebook with model.load_weights, type model.save('name.keras'), and import that.</source>
   <translation>«{0}» forma parte de un estado de entrenamiento guardado (.ckpt), que contiene pesos pero ninguna red; cárguelo en el cuaderno con model.load_weights, escriba model.save('name.keras') e importe eso.</translation>
  </message>
  <message>
   <location filename="refused.py" />
   <source>“{0}” is put together in a way that this program cannot follow; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» está compuesto de un modo que este programa no puede seguir. Escriba model.export('folder') en el cuaderno que lo creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” is spread over several graphics cards (multi_gpu_model); type model.get_layer('{1}').save('name.h5') in the notebook that made it, and import that.</source>
   <translation>«{0}» está repartido entre varias tarjetas gráficas (multi_gpu_model); escriba model.get_layer('{1}').save('name.h5') en el cuaderno con el que se creó e importe eso.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” is the list of a DICOM disk; open the folder that it lies in.</source>
   <translation>«{0}» es el índice de un soporte DICOM; abra la carpeta que lo contiene.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and cannot be read; move it away or choose another name.</source>
   <translation>«{0}» ya existe y no se puede leer; muévalo o elija otro nombre.</translation>
  </message>
  <message>
   <location filename="backup.py" />
   <source>“{0}” is there already and is no backup; choose another name.</source>
   <translation>«{0}» ya existe y no es una copia de seguridad; elija otro nombre.</translation>
  </message>
  <message>
   <location filename="ownership.py" />
   <source>“{0}” is there already and is not of this case; move it away or choose another name.</source>
   <translation>«{0}» ya existe y no es de este caso; muévalo o elija otro nombre.</translation>
  </message>
  <message>
   <location filename="token_files.py" />
   <source>“{0}” is there already; choose another name for the token.</source>
   <translation>«{0}» ya existe; elija otro nombre para el token.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” is there already; choose another name.</source>
   <translation>«{0}» ya existe; elija otro nombre.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; choose an image file.</source>
   <translation>«{0}» es demasiado grande para ser una imagen; elija un archivo de imagen.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” is too large to be one image; if it is a slide, open it alone.</source>
   <translation>«{0}» es demasiado grande para ser una imagen; si es un portaobjetos, ábralo solo.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” is written as a class of its own ({1}), which is code; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» está escrito como una clase propia ({1}), que es código. Escriba model.export('folder') en el cuaderno que lo creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="life.py" />
   <source>“{0}” judges no images; there is nothing to take back.</source>
   <translation>«{0}» no juzga ninguna imagen; no hay nada que revertir.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” keeps its weights in another file; save it as one file, with onnx.save(model, 'name.onnx').</source>
   <translation>«{0}» guarda sus pesos en otro archivo; guárdelo en un solo archivo, con onnx.save(model, «name.onnx»).</translation>
  </message>
  <message>
   <location filename="labeled.py" />
   <source>“{0}” lies in no folder of a patient; {1}.</source>
   <translation>«{0}» no está en ninguna carpeta de un paciente; {1}.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” lies without its folder “variables”, which holds its weights; copy the whole folder that was exported, and import that.</source>
   <translation>«{0}» está sin su carpeta «variables», que contiene sus pesos; copie la carpeta exportada completa e impórtela.</translation>
  </message>
  <message>
   <location filename="openslide_file.py" />
   <source>“{0}” lies without the folder “{1}” that holds its pictures; copy both together.</source>
   <translation>«{0}» está sin la carpeta «{1}» que contiene sus imágenes; copie ambas juntas.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” links to another file; it is refused.</source>
   <translation>«{0}» enlaza con otro archivo; se rechaza.</translation>
  </message>
  <message>
   <location filename="map_words.py" />
   <source>“{0}” looks the same with shuffled weights (correlation {1}): it does not show the model.</source>
   <translation>«{0}» se ve igual con los pesos barajados (correlación {1}): no muestra el modelo.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” makes the program that opens images fail; copy it again, or save it in another format.</source>
   <translation>«{0}» hace fallar el programa que abre las imágenes; cópielo de nuevo o guárdelo en otro formato.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask its owner for permission.</source>
   <translation>«{0}» no se puede leer; pida permiso a su propietario.</translation>
  </message>
  <message>
   <location filename="files.py" />
   <source>“{0}” may not be read; ask the owner of the file for permission.</source>
   <translation>«{0}» no se puede leer; pida permiso al propietario del archivo.</translation>
  </message>
  <message>
   <location filename="recorder.py" />
   <source>“{0}” may not be whole; check the disk and record again.</source>
   <translation>Es posible que «{0}» no esté completo; compruebe el disco y grabe de nuevo.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” names no camera; choose another configuration.</source>
   <translation>«{0}» no nombra ninguna cámara; elija otra configuración.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” needs more memory than a model of its size may take; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» necesita más memoria de la que un modelo de su tamaño puede tomar. Escriba model.export('folder') en el cuaderno que lo creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” says neither what it takes nor what it gives; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» no dice ni qué toma ni qué da; escriba model.export('folder') en el cuaderno que lo creó, e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable.</source>
   <translation>«{0}» ya no envía imágenes; compruebe su cable.</translation>
  </message>
  <message>
   <location filename="micromanager_camera.py" />
   <source>“{0}” sends no pictures any more; check its cable. It is tried again by itself.</source>
   <translation>«{0}» ya no envía imágenes; compruebe su cable. Se reintenta automáticamente.</translation>
  </message>
  <message>
   <location filename="opencv_camera.py" />
   <source>“{0}” sends no pictures any more; check its plug. It is tried again by itself.</source>
   <translation>«{0}» ya no envía imágenes; compruebe su conexión. Se reintenta automáticamente.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest is read and counted once, {1} others are left out.</source>
   <translation>«{0}» muestra campos a varias profundidades de enfoque o en varios momentos: se lee la imagen más nítida y se cuenta una vez; se omiten otras {1}.</translation>
  </message>
  <message>
   <location filename="duplicate_images.py" />
   <source>“{0}” shows fields at several depths of focus or times: the sharpest of each place is shown.</source>
   <translation>«{0}» muestra campos en varios planos de enfoque o momentos: se muestra lo más nítido de cada punto.</translation>
  </message>
  <message>
   <location filename="decoding.py" />
   <source>“{0}” shows only the label or the overview of a slide; choose an image of its cells.</source>
   <translation>«{0}» solo muestra la etiqueta o la vista general de un portaobjetos; elija una imagen de sus células.</translation>
  </message>
  <message>
   <location filename="dicom_image.py" />
   <source>“{0}” shows who the patient is in its picture; export it without annotations.</source>
   <translation>«{0}» muestra en la imagen quién es el paciente; expórtela sin anotaciones.</translation>
  </message>
  <message>
   <location filename="directory_people.py" />
   <source>“{0}” signs in at the hospital’s directory by this name already.</source>
   <translation>«{0}» ya inicia sesión en el directorio del hospital con este nombre.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes an input of {1}; one picture of height × width × 3 (color) or 1 (gray) is needed. Rebuild it for such pictures, with the channels last.</source>
   <translation>«{0}» toma una entrada de {1}; se necesita una imagen de altura × anchura × 3 (color) o 1 (gris). Constrúyalo para tales imágenes, con los canales al final.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes more memory than an image of its size may; save it again in another format.</source>
   <translation>«{0}» necesita más memoria de la que puede una imagen de su tamaño; guárdelo en otro formato.</translation>
  </message>
  <message>
   <location filename="reading.py" />
   <source>“{0}” takes or gives whole numbers of 8 bits, whose scale is not known here; convert it again without inference_input_type and inference_output_type, or import the Keras model that it was made of.</source>
   <translation>«{0}» recibe o da números enteros de 8 bits, cuya escala aquí no se conoce; conviértalo de nuevo sin inference_input_type ni inference_output_type, o importe el modelo de Keras del que procede.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes pictures of any size; one size is needed. Rebuild it with a fixed one, for example 224 x 224.</source>
   <translation>«{0}» admite imágenes de cualquier tamaño; hace falta uno solo. Constrúyalo con uno fijo, por ejemplo 224 x 224.</translation>
  </message>
  <message>
   <location filename="stepped_child.py" />
   <source>“{0}” takes too long to be looked into; close other programs, then try again.</source>
   <translation>Examinar «{0}» lleva demasiado tiempo; cierre otros programas e inténtelo de nuevo.</translation>
  </message>
  <message>
   <location filename="decoder_child.py" />
   <source>“{0}” takes too long to open; save it again in the program it comes from.</source>
   <translation>«{0}» tarda demasiado en abrirse; guárdelo de nuevo en el programa del que procede.</translation>
  </message>
  <message>
   <location filename="hdf5_check.py" />
   <source>“{0}” takes weights from another file; it is refused.</source>
   <translation>«{0}» toma pesos de otro archivo; se rechaza.</translation>
  </message>
  <message>
   <location filename="branches.py" />
   <source>“{0}” takes {1} inputs; one picture is needed. Rebuild it so that everything it needs comes from one picture.</source>
   <translation>«{0}» toma {1} entradas; se necesita una imagen. Constrúyalo de modo que todo lo que necesita venga de una imagen.</translation>
  </message>
  <message>
   <location filename="import_manifest.py" />
   <source>“{0}” tells {1} classes apart, and {2} were named; name what each of its figures means, in their order, for example healthy,leukemic,other.</source>
   <translation>«{0}» distingue {1} clases y se nombraron {2}; nombre en orden lo que significa cada una de sus cifras, por ejemplo healthy,leukemic,other.</translation>
  </message>
  <message>
   <location filename="containers.py" />
   <source>“{0}” unpacks to far more than its size; it is refused.</source>
   <translation>«{0}» se descomprime a mucho más que su tamaño; se rechaza.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” uses “{1}”, which this program does not know; type {2} in the notebook that made it, and import that folder.</source>
   <translation>«{0}» usa «{1}», que este programa no conoce; escriba {2} en el cuaderno con el que se creó e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was damaged or changed after it was packed; ask for it again.</source>
   <translation>«{0}» se dañó o se cambió después de empaquetarse; pídalo de nuevo.</translation>
  </message>
  <message>
   <location filename="safety.py" />
   <source>“{0}” was made smaller by model.quantize(); import the model as model.save() kept it before, or, for int8 and int4, type model.export('folder') and import that folder.</source>
   <translation>«{0}» se redujo con model.quantize(); importe el modelo tal como lo guardó antes model.save() o, para int8 e int4, escriba model.export('folder') e importe esa carpeta.</translation>
  </message>
  <message>
   <location filename="packed_model.py" />
   <source>“{0}” was packed by an installation with the key {1}. Ask its people for their key, and give it with --key only if it is the same.</source>
   <translation>«{0}» fue empaquetado por una instalación con la clave {1}. Pregunte a su gente por su clave, y désela con --key solo si es la misma.</translation>
  </message>
  <message>
   <location filename="order_table.py" />
   <source>“{0}” was rounded by a spreadsheet; format the column as text and save the list again.</source>
   <translation>«{0}» fue redondeado por una hoja de cálculo; dé formato de texto a la columna y guarde la lista otra vez.</translation>
  </message>
  <message>
   <location filename="loading.py" />
   <source>“{0}” was saved by Keras {1} and cannot be rebuilt; type model.export('folder') in the notebook that made it, and import that folder.</source>
   <translation>«{0}» fue guardado por Keras {1} y no se puede reconstruir. Escriba model.export('folder') en el cuaderno que lo creó e importe esa carpeta.</translation>
  </message>
 </context>
 <context>
  <name>Session</name>
  <message>
   <location filename="session.py" />
   <source>Amend…</source>
   <translation>Enmendar…</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>Another case is being opened; wait until it is there.</source>
   <translation>Se está abriendo otro caso; espere a que esté.</translation>
  </message>
  <message>
   <location filename="session.py" />
   <source>This case is signed; amend it with a reason to change it.</source>
   <translation>Este caso está firmado; enmiéndelo con un motivo para cambiarlo.</translation>
  </message>
 </context>
 <context>
  <name>SettingGroups</name>
  <message>
   <location filename="groups.py" />
   <source>No setting has these words; try fewer or others.</source>
   <translation>Ningún ajuste contiene estas palabras; probar con menos o con otras.</translation>
  </message>
  <message>
   <location filename="groups.py" />
   <source>Search settings</source>
   <translation>Buscar un ajuste</translation>
  </message>
 </context>
 <context>
  <name>SettingsPage</name>
  <message>
   <location filename="page.py" />
   <source>A daily copy goes there, with all images; it is encrypted where the cases are.</source>
   <translation>Allí va una copia diaria, con todas las imágenes; está cifrada si los casos lo están.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Address</source>
   <translation>Dirección</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>As the system</source>
   <translation>Como el sistema</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Backup, check and restore</source>
   <translation>Copiar, comprobar y restaurar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Block signing</source>
   <translation>Bloquear la firma</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and backups</source>
   <translation>Casos y copias</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cases and models</source>
   <translation>Casos y modelos</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose folder…</source>
   <translation>Elegir carpeta…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Choose picture…</source>
   <translation>Elegir imagen…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Cividis</source>
   <translation>Cividis</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Colors of maps</source>
   <translation>Colores de los mapas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Control run each day</source>
   <translation>Medición de control cada día</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM archive</source>
   <translation>Archivo DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>DICOM worklist</source>
   <translation>Lista de trabajo DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Daily control</source>
   <translation>Control diario</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Dark</source>
   <translation>Oscuro</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Empty keeps cases on this computer. A change counts from the next start.</source>
   <translation>Vacío: los casos quedan en este ordenador. Un cambio vale desde el próximo inicio.</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Encryption on this computer’s disk</source>
   <translation>Cifrado en el disco de este equipo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>FHIR server</source>
   <translation>Servidor FHIR</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Folder on a drive or share; may be empty</source>
   <translation>Carpeta en una unidad o recurso compartido; puede quedar vacía</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Help</source>
   <translation>Ayuda</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system (HL7)</source>
   <translation>Sistema del hospital (HL7)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Hospital’s system and DICOM archive</source>
   <translation>Sistema del hospital y archivo DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Inferno</source>
   <translation>Inferno</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Its name in messages</source>
   <translation>Su nombre en los mensajes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Keys that name the class of a cell</source>
   <translation>Teclas que nombran la clase de una célula</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Laboratory</source>
   <translation>Laboratorio</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Language</source>
   <translation>Idioma</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Light</source>
   <translation>Claro</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the DICOM archive</source>
   <translation>Línea con el archivo DICOM</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the hospital’s system</source>
   <translation>Línea con el sistema del hospital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Line to the shared database</source>
   <translation>Línea con la base de datos compartida</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Log, without patient data</source>
   <translation>Registro, sin datos de pacientes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Logo</source>
   <translation>Logotipo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look</source>
   <translation>Aspecto</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Look and keys</source>
   <translation>Aspecto y teclas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Microscope</source>
   <translation>Microscopio</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Name of the laboratory</source>
   <translation>Nombre del laboratorio</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Not asked for</source>
   <translation>No se pide</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Nothing</source>
   <translation>Nada</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Objective in use</source>
   <translation>Objetivo en uso</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Of several depths of focus</source>
   <translation>De varios planos de enfoque</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that come by themselves</source>
   <translation>Peticiones que llegan solas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Other systems</source>
   <translation>Otros sistemas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Our certificate and key</source>
   <translation>Nuestro certificado y clave</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: none</source>
   <translation>PEM; vacío: ninguno</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>PEM; empty: this computer’s own</source>
   <translation>PEM; vacío: los de este equipo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Paper</source>
   <translation>Papel</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People</source>
   <translation>Personas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>People and signatures</source>
   <translation>Personas y firmas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Report</source>
   <translation>Informe</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Second place for backups</source>
   <translation>Segundo lugar para copias de seguridad</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Shared database</source>
   <translation>Base de datos compartida</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest depth</source>
   <translation>Plano más nítido</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sharpest of each place</source>
   <translation>Lo más nítido de cada punto</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Sign-in by the hospital’s directory</source>
   <translation>Inicio de sesión por el directorio del hospital</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands below the name; a comma begins a line</source>
   <translation>Figura bajo el nombre; una coma comienza una línea</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on every report</source>
   <translation>Figura en cada informe</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stands on new cases and on your labels</source>
   <translation>Figura en los casos nuevos y en sus etiquetas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Storage commitment (DICOM)</source>
   <translation>Compromiso de almacenamiento (DICOM)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>System</source>
   <translation>Sistema</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Theme</source>
   <translation>Tema</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>This workstation’s DICOM title</source>
   <translation>Título DICOM de esta estación</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Timestamps of the audit trail</source>
   <translation>Sellos de tiempo del registro de auditoría</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Trusted certificates</source>
   <translation>Certificados de confianza</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Wanted before signing</source>
   <translation>Se pide antes de firmar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Warn</source>
   <translation>Avisar</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>When a rule is broken</source>
   <translation>Si se incumple una regla</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Where things are kept</source>
   <translation>Dónde se guardan las cosas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Your name</source>
   <translation>Su nombre</translation>
  </message>
 </context>
 <context>
  <name>ShapeTable</name>
  <message>
   <location filename="shape_table.py" />
   <source>All figures</source>
   <translation>Todas las medidas</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Fewer figures</source>
   <translation>Menos medidas</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>No figures of shape were measured on this cell; judge it again to measure them.</source>
   <translation>No se midió la forma de esta célula; júzguela otra vez para medirla.</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>Read off the cell by the differential model</source>
   <translation>Leído en la célula por el modelo de fórmula</translation>
  </message>
  <message>
   <location filename="shape_table.py" />
   <source>The band of each bar is where 90 % of the healthy lymphocytes of the training cells lie.</source>
   <translation>En la banda de cada barra está el 90 % de los linfocitos sanos de las células de entrenamiento.</translation>
  </message>
 </context>
 <context>
  <name>Sheet</name>
  <message>
   <location filename="overlay.py" />
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
 </context>
 <context>
  <name>ShownImage</name>
  <message>
   <location filename="shown_image.py" />
   <source>It could not be read.</source>
   <translation>No se pudo leer.</translation>
  </message>
  <message>
   <location filename="shown_image.py" />
   <source>This image cannot be shown</source>
   <translation>Esta imagen no se puede mostrar</translation>
  </message>
 </context>
 <context>
  <name>SideBySideController</name>
  <message>
   <location filename="side_by_side.py" />
   <source>A click in the strip below chooses the image on the right.</source>
   <translation>Un clic en la tira de abajo elige la imagen de la derecha.</translation>
  </message>
  <message>
   <location filename="side_by_side.py" />
   <source>Image {0} of {1}: {2}</source>
   <translation>Imagen {0} de {1}: {2}</translation>
  </message>
 </context>
 <context>
  <name>SignInSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign in</source>
   <translation>Iniciar sesión</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>This workstation is locked; work goes on behind it.</source>
   <translation>Este puesto está bloqueado; el trabajo sigue por detrás.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Su nombre</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Su contraseña</translation>
  </message>
 </context>
 <context>
  <name>SignSheet</name>
  <message>
   <location filename="signing_sheets.py" />
   <source>Reviewed and released</source>
   <translation>Revisado y liberado</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign</source>
   <translation>Firmar</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Sign the case</source>
   <translation>Firmar el caso</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>The report is kept as you sign it, and the case is read-only from then on.</source>
   <translation>El informe se conserva tal como lo firma, y el caso es de solo lectura desde entonces.</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>What your signature means</source>
   <translation>Qué significa su firma</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your name</source>
   <translation>Su nombre</translation>
  </message>
  <message>
   <location filename="signing_sheets.py" />
   <source>Your password</source>
   <translation>Su contraseña</translation>
  </message>
 </context>
 <context>
  <name>SigningController</name>
  <message>
   <location filename="signing.py" />
   <source>Case {0} is no longer the one that is open, so nothing was signed or amended.</source>
   <translation>El caso {0} ya no es el que está abierto; no se firmó ni se modificó nada.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show daily control</source>
   <translation>Mostrar el control diario</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Show the cell</source>
   <translation>Mostrar la célula</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>Sign nevertheless</source>
   <translation>Firmar de todos modos</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case can be changed again.</source>
   <translation>El caso se puede cambiar de nuevo.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is reviewed.</source>
   <translation>El caso está revisado.</translation>
  </message>
  <message>
   <location filename="signing.py" />
   <source>The case is signed; the report is kept as it is.</source>
   <translation>El caso está firmado; el informe se conserva tal como está.</translation>
  </message>
 </context>
 <context>
  <name>SimilarController</name>
  <message>
   <location filename="similar_cells.py" />
   <source>It is no example any longer.</source>
   <translation>Ya no es un ejemplo.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Kept as an example of: {0}. All are on the page Quality.</source>
   <translation>Conservada como ejemplo de: {0}. Todos están en la página Calidad.</translation>
  </message>
  <message>
   <location filename="similar_cells.py" />
   <source>Undo</source>
   <translation>Deshacer</translation>
  </message>
 </context>
 <context>
  <name>SimilarSheet</name>
  <message>
   <location filename="similar_sheet.py" />
   <source>Compared with {0} decided cells of reviewed and signed cases; 0 is the same, 1 has nothing alike.</source>
   <translation>Comparada con {0} células decididas de casos revisados y firmados; 0 es igual, 1 no tiene nada en común.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Distance {0}</source>
   <translation>Distancia {0}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>In view</source>
   <translation>A la vista</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Keep as example</source>
   <translation>Conservar como ejemplo</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Looking for similar cells</source>
   <translation>Buscando células similares</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Nearest of the cells that people decided</source>
   <translation>Las más cercanas de las células decididas por personas</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Read the others too</source>
   <translation>Leer también las demás</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Reading decided cells: {0} of {1}</source>
   <translation>Leyendo células decididas: {0} de {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Say first what this cell is</source>
   <translation>Diga primero qué es esta célula</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Similar cells</source>
   <translation>Células similares</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped. What was read until now is compared with.</source>
   <translation>Detenido. Se compara con lo que se ha leído hasta ahora.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>Stopped: the cell was not compared. Press S again to go on.</source>
   <translation>Detenido: la célula no se comparó. Pulsar S otra vez para continuar.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>The index of decided cells is being built: {0} of {1}</source>
   <translation>Se está creando el índice de células decididas: {0} de {1}</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>There is no cell to compare with yet: name cells in a case, and mark the case as reviewed.</source>
   <translation>Todavía no hay ninguna célula con la que comparar: nombre células en un caso y marque el caso como revisado.</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>a person</source>
   <translation>una persona</translation>
  </message>
  <message>
   <location filename="similar_sheet.py" />
   <source>{0} more have not been read yet.</source>
   <translation>Otras {0} aún no se han leído.</translation>
  </message>
 </context>
 <context>
  <name>SiteProfileController</name>
  <message>
   <location filename="site_profiles.py" />
   <source>Save the profile</source>
   <translation>Guardar el perfil</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Saved as “{0}”.</source>
   <translation>Guardado como «{0}».</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Site profiles ({0})</source>
   <translation>Perfiles del laboratorio ({0})</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>Take a profile from a file</source>
   <translation>Tomar un perfil de un archivo</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>The shipped models speak again.</source>
   <translation>Los modelos incluidos hablan de nuevo.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks again.</source>
   <translation>{0} habla de nuevo.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} speaks from the next image on.</source>
   <translation>{0} habla a partir de la próxima imagen.</translation>
  </message>
  <message>
   <location filename="site_profiles.py" />
   <source>{0} was taken. It speaks once it is activated.</source>
   <translation>Se ha tomado {0}. Hablará cuando esté activado.</translation>
  </message>
 </context>
 <context>
  <name>SlideController</name>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in the marked region.</source>
   <translation>Las células están separadas en la región marcada.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Cells lie apart in {0} regions. The best is chosen; click another to choose that one.</source>
   <translation>Las células están separadas en {0} regiones. La mejor está elegida; haga clic en otra para elegirla.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looked at {0} of {1} places</source>
   <translation>{0} de {1} lugares examinados</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for the cells of the region …</source>
   <translation>Buscando las células de la región…</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Looking for where cells lie apart …</source>
   <translation>Buscando dónde las células están separadas…</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>No white cells in this region that the case does not have; choose another one.</source>
   <translation>No hay en esta región leucocitos que el caso no tenga ya; elija otra.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>Stopped. What was taken until then is in the case.</source>
   <translation>Detenido. Lo que se tomó hasta entonces está en el caso.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} fields with {1} cells are in the case, and are judged.</source>
   <translation>{0} campos con {1} células están en el caso y se evalúan.</translation>
  </message>
  <message>
   <location filename="slides.py" />
   <source>{0} of {1} fields, {2} cells</source>
   <translation>{0} de {1} campos, {2} células</translation>
  </message>
 </context>
 <context>
  <name>SlideSheet</name>
  <message>
   <location filename="sheet.py" />
   <source>Choose a region: draw it, take what is seen, or let the program find where cells lie apart.</source>
   <translation>Elija una región: dibújela, tome lo visible o deje que el programa busque dónde las células están separadas.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Choose the part of the slide that is seen now (V)</source>
   <translation>Elegir la parte del portaobjetos que se ve ahora (V)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Chosen: {0}</source>
   <translation>Elegido: {0}</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a rectangle with the mouse (R, or Shift and drag)</source>
   <translation>Dibujar un rectángulo con el ratón (R, o Mayús y arrastrar)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Draw a region</source>
   <translation>Dibujar una región</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the cells of the region, and judge them in the case (Enter)</source>
   <translation>Buscar las células de la región y evaluarlas en el caso (Intro)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Find the monolayer</source>
   <translation>Buscar la monocapa</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Look for regions where cells lie apart, neither heaped nor missing (M)</source>
   <translation>Buscar regiones donde las células están separadas, ni amontonadas ni ausentes (M)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Show the whole slide (0)</source>
   <translation>Mostrar el portaobjetos entero (0)</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Slide</source>
   <translation>Portaobjetos</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Take region</source>
   <translation>Tomar la región</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>The slide is being opened …</source>
   <translation>Abriendo el portaobjetos…</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>This slide does not state its scale: choose its objective under Settings, then open it again.</source>
   <translation>Este portaobjetos no indica su escala: elija su objetivo en Ajustes y ábralo de nuevo.</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>What is seen</source>
   <translation>Lo visible</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>Whole slide</source>
   <translation>Portaobjetos entero</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>scale not known</source>
   <translation>escala desconocida</translation>
  </message>
  <message>
   <location filename="sheet.py" />
   <source>{0} × {1} pixels</source>
   <translation>{0} × {1} píxeles</translation>
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
   <translation>Portaobjetos</translation>
  </message>
  <message>
   <location filename="view.py" />
   <source>not calibrated</source>
   <translation>sin calibrar</translation>
  </message>
 </context>
 <context>
  <name>StateChoice</name>
  <message>
   <location filename="state_choice.py" />
   <source>All states</source>
   <translation>Todos los estados</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>Put away</source>
   <translation>Apartado</translation>
  </message>
  <message>
   <location filename="state_choice.py" />
   <source>State</source>
   <translation>Estado</translation>
  </message>
 </context>
 <context>
  <name>StatedHeaderController</name>
  <message>
   <location filename="stated_headers.py" />
   <source>Another case is open now; nothing was written.</source>
   <translation>Ahora está abierto otro caso; no se ha escrito nada.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Compare…</source>
   <translation>Comparar…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>Take over…</source>
   <translation>Tomar…</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” names another patient than this case.</source>
   <translation>«{0}» nombra a otro paciente que este caso.</translation>
  </message>
  <message>
   <location filename="stated_headers.py" />
   <source>“{0}” says who the patient is.</source>
   <translation>«{0}» dice quién es el paciente.</translation>
  </message>
 </context>
 <context>
  <name>StatedScaleController</name>
  <message>
   <location filename="stated_scales.py" />
   <source>The image says that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>La imagen dice que un píxel mide {1} µm; con «{2}», el objetivo en uso, mide {3} µm.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>The images are judged again at the scale of “{0}”; your labels stay.</source>
   <translation>Las imágenes se juzgan de nuevo con la escala de «{0}»; sus etiquetas se conservan.</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>Use “{0}”</source>
   <translation>Usar «{0}»</translation>
  </message>
  <message>
   <location filename="stated_scales.py" />
   <source>{0} images say that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.</source>
   <translation>{0} imágenes dicen que un píxel mide {1} µm; con «{2}», el objetivo en uso, mide {3} µm.</translation>
  </message>
 </context>
 <context>
  <name>StatedSheet</name>
  <message>
   <location filename="stated_sheet.py" />
   <source>Case number</source>
   <translation>Número de caso</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Date of birth</source>
   <translation>Fecha de nacimiento</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the case</source>
   <translation>En el caso</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>In the file</source>
   <translation>En el archivo</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient</source>
   <translation>Paciente</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Patient number</source>
   <translation>Número de paciente</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>Sex</source>
   <translation>Sexo</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>The file names another patient than the case. Check whose blood the image shows.</source>
   <translation>El archivo nombra a otro paciente que el caso. Compruebe de quién es la sangre de la imagen.</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>female</source>
   <translation>femenino</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>male</source>
   <translation>masculino</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>other</source>
   <translation>otro</translation>
  </message>
  <message>
   <location filename="stated_sheet.py" />
   <source>unknown</source>
   <translation>desconocido</translation>
  </message>
 </context>
 <context>
  <name>StatusLine</name>
  <message>
   <location filename="status_line.py" />
   <source>, {0} failed</source>
   <translation>, {0} con error</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>, {0} still to be read</source>
   <translation>, {0} por leer</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to lock the screen, so that another person can sign in</source>
   <translation>Haga clic para bloquear la pantalla y que otra persona pueda iniciar sesión</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Click to see the chart</source>
   <translation>Haga clic para ver el gráfico</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Site profile: {0}</source>
   <translation>Perfil del laboratorio: {0}</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>So many cells were corrected since the last teaching: page Quality</source>
   <translation>Tantas células se han corregido desde la última enseñanza: página Calidad</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Teach anew: {0} corrections</source>
   <translation>Enseñar de nuevo: {0} correcciones</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>This name stands beside what is decided here until midnight. Click to change it</source>
   <translation>Este nombre figura hasta medianoche junto a lo que se decide aquí. Haga clic para cambiarlo</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>Who works here?</source>
   <translation>¿Quién trabaja aquí?</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>a few seconds left</source>
   <translation>quedan unos segundos</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} h left</source>
   <translation>quedan unas {0} h</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} min left</source>
   <translation>quedan unos {0} min</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>about {0} s left</source>
   <translation>quedan unos {0} s</translation>
  </message>
  <message>
   <location filename="status_line.py" />
   <source>{0} of {1} images</source>
   <translation>{0} de {1} imágenes</translation>
  </message>
 </context>
 <context>
  <name>TeachCard</name>
  <message>
   <location filename="teach_card.py" />
   <source>Cells</source>
   <translation>Células</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Name of the profile</source>
   <translation>Nombre del perfil</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>None yet: choose cells first.</source>
   <translation>Ninguna aún: elija primero células.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Sign it with the key of this installation</source>
   <translation>Firmarlo con la clave de esta instalación</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Start teaching</source>
   <translation>Empezar a enseñar</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Teach the models your microscope</source>
   <translation>Enseñar su microscopio a los modelos</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>The networks stay as they are; what they conclude is learned anew from your cells. It is proven by leaving patients out and takes about a minute for 200 cells. Nothing changes until an administrator lets it speak.</source>
   <translation>Las redes quedan como están; lo que concluyen se aprende de nuevo de sus células. Se prueba dejando pacientes fuera y tarda cerca de un minuto con 200 células. Nada cambia hasta que un administrador lo activa.</translation>
  </message>
  <message>
   <location filename="teach_card.py" />
   <source>Wanted accuracy of decided cells</source>
   <translation>Exactitud deseada de las células decididas</translation>
  </message>
 </context>
 <context>
  <name>TeachingController</name>
  <message>
   <location filename="teaching.py" />
   <source>Cells are being read or taught already; wait, or stop that first.</source>
   <translation>Ya se están leyendo o enseñando células; espere o deténgalo primero.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Drop one folder whose images are sorted as CLASS/PATIENT/image; nothing was read.</source>
   <translation>Suelte una carpeta cuyas imágenes estén ordenadas como CLASE/PACIENTE/imagen; no se leyó nada.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Folder of labeled cells: CLASS/PATIENT/image</source>
   <translation>Carpeta de células etiquetadas: CLASE/PACIENTE/imagen</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Reading the cells</source>
   <translation>Leyendo las células</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped. The look may have been counted already.</source>
   <translation>Detenido. Puede que la consulta ya esté contada.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: no cells were taken.</source>
   <translation>Detenido: no se tomó ninguna célula.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>Stopped: nothing was kept, and nothing has changed.</source>
   <translation>Detenido: no se guardó nada y nada ha cambiado.</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases</source>
   <translation>casos revisados</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>reviewed cases, taken with {0}</source>
   <translation>casos revisados, tomados con {0}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>{0} cells of {1} patients in {2}</source>
   <translation>{0} células de {1} pacientes en {2}</translation>
  </message>
  <message>
   <location filename="teaching.py" />
   <source>“{0}”</source>
   <translation>«{0}»</translation>
  </message>
 </context>
 <context>
  <name>TileSize</name>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells</source>
   <translation>Tamaño de las células</translation>
  </message>
  <message>
   <location filename="tile_size.py" />
   <source>Size of the cells (Ctrl and the wheel over them)</source>
   <translation>Tamaño de las células (Ctrl y la rueda sobre ellas)</translation>
  </message>
 </context>
 <context>
  <name>TimestampController</name>
  <message>
   <location filename="stamping.py" />
   <source>Certificates of the timestamp authority</source>
   <translation>Certificados de la autoridad de sellado de tiempo</translation>
  </message>
  <message>
   <location filename="stamping.py" />
   <source>It answers: stamped on {0} by {1}.</source>
   <translation>Responde: sellado el {0} por {1}.</translation>
  </message>
 </context>
 <context>
  <name>TimestampPanel</name>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Asking the authority…</source>
   <translation>Consultando a la autoridad…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Choose file…</source>
   <translation>Elegir archivo…</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Each day the end of the audit trail is stamped there. Only a hash of it leaves this computer.</source>
   <translation>Cada día se sella allí el final del registro de auditoría. Solo un hash sale de este equipo.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Its certificates</source>
   <translation>Sus certificados</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Off: nobody else says when the audit trail was as it is.</source>
   <translation>Desactivado: nadie más atestigua cuándo el registro de auditoría estaba así.</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>PEM file of the authority</source>
   <translation>Archivo PEM de la autoridad</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Timestamp authority</source>
   <translation>Autoridad de sellado de tiempo</translation>
  </message>
  <message>
   <location filename="timestamp_panel.py" />
   <source>Try it</source>
   <translation>Probar</translation>
  </message>
 </context>
 <context>
  <name>Tour</name>
  <message>
   <location filename="tour_steps.py" />
   <source>A name, opinions, and why</source>
   <translation>Un nombre, opiniones y por qué</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>All cells at a glance</source>
   <translation>Todas las células de un vistazo</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Done</source>
   <translation>Listo</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Leave the tour</source>
   <translation>Salir del recorrido</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Look at the cell and say what it is: press one of these buttons, or its key. Nothing can break here: Backspace takes your label back.</source>
   <translation>Mire la célula y diga qué es: con uno de estos botones o con su tecla. Aquí nada se puede romper: Retroceso retira su etiqueta.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Next</source>
   <translation>Siguiente</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>See the case as it prints, and export it as PDF with Ctrl+E. Everything is saved as you work.</source>
   <translation>Vea el caso tal como se imprime y expórtelo como PDF con Ctrl+E. Todo se guarda mientras trabaja.</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>Skip</source>
   <translation>Omitir</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>That was it: your label counts from now on, and what the program said stays beside it, as its own.</source>
   <translation>Ya está: su etiqueta cuenta desde ahora, y lo que dijo el programa queda al lado, como suyo.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The models</source>
   <translation>Los modelos</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The picture</source>
   <translation>La imagen</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The program first says what a cell is. Whether a mononuclear cell is leukemic is asked of two networks and of its figures of shape, each on its own. The key M shows what an opinion rests on, period and comma go to the next map. The amber band is where the program is unsure.</source>
   <translation>El programa dice primero qué es una célula. Si una célula mononuclear es leucémica lo dicen dos redes y sus medidas de forma, cada una por sí. La tecla M muestra en qué se basa una opinión, punto y coma pasan al mapa siguiente. En la banda ámbar el programa está inseguro.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>The report</source>
   <translation>El informe</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>This is the demo case, drawn by the program. Every white cell is found and boxed. Zoom with the wheel, drag to move, click a cell. Drop your own images anywhere.</source>
   <translation>Este es el caso de demostración, dibujado por el programa. Cada glóbulo blanco se encuentra y se enmarca. Amplíe con la rueda, arrastre para mover, haga clic en una célula. Suelte sus propias imágenes donde quiera.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Unsure cells wait for you. Walk with the arrows or Space; L, H and U set your label, the digits say what the cell is, as on a bench counter; Settings can give them other keys. Everything can be undone with Ctrl+Z.</source>
   <translation>Las células inseguras le esperan. Avance con las flechas o la barra espaciadora; L, H y U ponen su etiqueta, las cifras dicen qué es la célula, como en un contador; en los ajustes se les pueden dar otras teclas. Todo se puede deshacer con Ctrl+Z.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>What judges, how well, and on which cells that was measured. F1 shows all keys.</source>
   <translation>Qué juzga, con qué acierto y en qué células se midió. F1 muestra todas las teclas.</translation>
  </message>
  <message>
   <location filename="tour_steps.py" />
   <source>Your turn: name this cell</source>
   <translation>Le toca a usted: nombre esta célula</translation>
  </message>
  <message>
   <location filename="tour.py" />
   <source>{0} of {1}</source>
   <translation>{0} de {1}</translation>
  </message>
 </context>
 <context>
  <name>TriedWays</name>
  <message>
   <location filename="tried_ways.py" />
   <source>95 % interval</source>
   <translation>Intervalo del 95 %</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>AUROC</source>
   <translation>AUROC</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Around the cell</source>
   <translation>Alrededor de la célula</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Cell {0} as the network sees it</source>
   <translation>Célula {0} tal como la ve la red</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Fed so, it does not tell leukemic from healthy cells. It can be imported, and judges only when you write down why.</source>
   <translation>Así no distingue las células leucémicas de las sanas. Se puede importar, y solo juzga si usted escribe por qué.</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Samples</source>
   <translation>Muestras</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Three of the cells as the network sees them, fed so</source>
   <translation>Tres de las células tal como las ve la red de esta forma</translation>
  </message>
  <message>
   <location filename="tried_ways.py" />
   <source>Ways of feeding the model, the proposed one first</source>
   <translation>Formas de dar las células al modelo, la propuesta primero</translation>
  </message>
 </context>
 <context>
  <name>Undo</name>
  <message>
   <location filename="undo.py" />
   <source>bring a cell back</source>
   <translation>recuperar una célula</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>bring case “{0}” back</source>
   <translation>recuperar el caso «{0}»</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>change a box</source>
   <translation>cambiar un recuadro</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>comment on a cell</source>
   <translation>comentar una célula</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>count cells once</source>
   <translation>contar las células una sola vez</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>draw a cell</source>
   <translation>dibujar una célula</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>judge again</source>
   <translation>evaluar de nuevo</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label {0} cells “{1}”</source>
   <translation>etiquetar {0} células «{1}»</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>label “{0}”</source>
   <translation>etiqueta «{0}»</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>merge cells</source>
   <translation>unir células</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>put case “{0}” away</source>
   <translation>apartar el caso «{0}»</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove a cell</source>
   <translation>quitar una célula</translation>
  </message>
  <message>
   <location filename="undo_queue.py" />
   <source>remove stopped images</source>
   <translation>quitar imágenes detenidas</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>remove “{0}”</source>
   <translation>quitar «{0}»</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>scale of “{0}”</source>
   <translation>escala de «{0}»</translation>
  </message>
  <message>
   <location filename="undo_cells.py" />
   <source>split a cell</source>
   <translation>dividir una célula</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take a comment back</source>
   <translation>retirar un comentario</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take label back</source>
   <translation>retirar la etiqueta</translation>
  </message>
  <message>
   <location filename="undo_labels.py" />
   <source>take {0} labels back</source>
   <translation>retirar {0} etiquetas</translation>
  </message>
  <message>
   <location filename="undo.py" />
   <source>take “{0}”</source>
   <translation>tomar «{0}»</translation>
  </message>
 </context>
 <context>
  <name>VerdictPanel</name>
  <message>
   <location filename="verdict_panel.py" />
   <source>All {0} models agree.</source>
   <translation>Los {0} modelos coinciden.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Both models agree.</source>
   <translation>Ambos modelos coinciden.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Drawn by {0}.</source>
   <translation>Dibujada por {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Labeled by {0}.</source>
   <translation>Etiquetada por {0}.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Not a mononuclear cell: the leukemia models were not asked.</source>
   <translation>No es una célula mononuclear: no se consultaron los modelos de leucemia.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>One model was asked.</source>
   <translation>Se preguntó a un modelo.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Probability of leukemic, all opinions combined</source>
   <translation>Probabilidad de leucémica, todas las opiniones combinadas</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>Removed by {0}: it does not count. The Delete key brings it back.</source>
   <translation>Quitada por {0}: no cuenta. La tecla Supr la recupera.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The models lean to different sides.</source>
   <translation>Los modelos se inclinan a lados distintos.</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>The program was unsure: {0}</source>
   <translation>El programa dudaba: {0}</translation>
  </message>
  <message>
   <location filename="verdict_panel.py" />
   <source>a person</source>
   <translation>una persona</translation>
  </message>
 </context>
 <context>
  <name>Verdicts</name>
  <message>
   <location filename="verdicts.py" />
   <source>Healthy</source>
   <translation>Sana</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Leukemic</source>
   <translation>Leucémica</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Program: {0}.</source>
   <translation>Programa: {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is neither clearly leukemic nor clearly healthy.</source>
   <translation>La célula no es claramente leucémica ni claramente sana.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike anything that the program knows.</source>
   <translation>La célula no se parece a nada de lo que el programa conoce.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell is unlike the mononuclear cells that the leukemia models know.</source>
   <translation>La célula no se parece a las células mononucleares que los modelos de leucemia conocen.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The cell looks like a precursor; a person has to name it.</source>
   <translation>La célula parece una precursora; una persona debe nombrarla.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The image is not good enough to be judged.</source>
   <translation>La imagen no es lo bastante buena para juzgarla.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The models disagree.</source>
   <translation>Los modelos discrepan.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>The program cannot say what kind of cell this is.</source>
   <translation>El programa no puede decir qué tipo de célula es.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>This does not look like a white blood cell.</source>
   <translation>Esto no parece un glóbulo blanco.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>Unsure</source>
   <translation>Dudosa</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: {0}.</source>
   <translation>Usted: {0}.</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>You: –</source>
   <translation>Usted: –</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>a precursor</source>
   <translation>un precursor</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>image not good enough</source>
   <translation>imagen insuficiente</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>inside the unsure band</source>
   <translation>en la banda de duda</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>leans {0}</source>
   <translation>más bien {0}</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>models disagree</source>
   <translation>modelos en desacuerdo</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>no white cell</source>
   <translation>no es un glóbulo blanco</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>not named</source>
   <translation>sin nombre</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike anything known</source>
   <translation>distinta de todo lo conocido</translation>
  </message>
  <message>
   <location filename="verdicts.py" />
   <source>unlike its training cells</source>
   <translation>distinta de sus células de entrenamiento</translation>
  </message>
 </context>
 <context>
  <name>Waiting</name>
  <message>
   <location filename="waiting_words.py" />
   <source>1 image waits</source>
   <translation>1 imagen espera</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Go on judging</source>
   <translation>Seguir evaluando</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>One moment, this is being read.</source>
   <translation>Un momento, se está leyendo.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>Open images…</source>
   <translation>Abrir imágenes…</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are judged one after the other, and appear here. You can close the program meanwhile.</source>
   <translation>Se evalúan una tras otra y aparecen aquí. Mientras tanto puede cerrar el programa.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>They are stopped, and stay in the case.</source>
   <translation>Están detenidas y siguen en el caso.</translation>
  </message>
  <message>
   <location filename="waiting_words.py" />
   <source>{0} images wait</source>
   <translation>{0} imágenes esperan</translation>
  </message>
 </context>
 <context>
  <name>Words</name>
  <message>
   <location filename="text.py" />
   <source>1 cell</source>
   <translation>1 célula</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>1 image</source>
   <translation>1 imagen</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} cells</source>
   <translation>{0} células</translation>
  </message>
  <message>
   <location filename="text.py" />
   <source>{0} images</source>
   <translation>{0} imágenes</translation>
  </message>
 </context>
 <context>
  <name>WorkBar</name>
  <message>
   <location filename="card.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="card.py" />
   <source>Stopping</source>
   <translation>Deteniendo</translation>
  </message>
 </context>
 <context>
  <name>WorklistAskingController</name>
  <message>
   <location filename="worklist_asking.py" />
   <source>Stopped; nothing was taken.</source>
   <translation>Detenido; no se tomó nada.</translation>
  </message>
 </context>
 <context>
  <name>WorklistEmptyState</name>
  <message>
   <location filename="empty_state.py" />
   <source>A case that you put away stands here until somebody brings it back or erases it.</source>
   <translation>Un caso que usted aparta figura aquí hasta que alguien lo recupere o lo borre.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Clear the search</source>
   <translation>Borrar la búsqueda</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>New case</source>
   <translation>Caso nuevo</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No case fits</source>
   <translation>Ningún caso coincide</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>No cases yet</source>
   <translation>Aún no hay casos</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Nothing is put away</source>
   <translation>No hay nada apartado</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Show the list</source>
   <translation>Mostrar la lista</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Start a new case, or drop images anywhere on this window.</source>
   <translation>Comience un caso nuevo o suelte imágenes en cualquier lugar de esta ventana.</translation>
  </message>
  <message>
   <location filename="empty_state.py" />
   <source>Try fewer letters, or clear the search.</source>
   <translation>Pruebe con menos letras o borre la búsqueda.</translation>
  </message>
 </context>
 <context>
  <name>WorklistPage</name>
  <message>
   <location filename="page.py" />
   <source>Case number</source>
   <translation>Número de caso</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Enter opens the case, or begins it (Ctrl+K)</source>
   <translation>Intro abre el caso o lo empieza (Ctrl+K)</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find a case</source>
   <translation>Buscar un caso</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Find number, patient, specimen or notes</source>
   <translation>Buscar número, paciente, muestra o notas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import a list of cases</source>
   <translation>Importar una lista de casos</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Import list…</source>
   <translation>Importar lista…</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Lists</source>
   <translation>Listas</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>New case</source>
   <translation>Caso nuevo</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Order {0} of {1}</source>
   <translation>Petición {0} de {1}</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Orders that were taken stay</source>
   <translation>Las peticiones tomadas se conservan</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Scan or type a case number</source>
   <translation>Escanee o escriba un número de caso</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Take orders from a table (CSV) or from HL7 messages</source>
   <translation>Tomar peticiones de una tabla (CSV) o de mensajes HL7</translation>
  </message>
  <message>
   <location filename="page.py" />
   <source>Worklist</source>
   <translation>Lista de trabajo</translation>
  </message>
 </context>
 <context>
  <name>WorklistPanel</name>
  <message>
   <location filename="worklist_panel.py" />
   <source>Ask now</source>
   <translation>Consultar ahora</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asked {0}. New cases: {1}; changed: {2}; there already: {3}.</source>
   <translation>Consultada {0}. Casos nuevos: {1}; cambiados: {2}; ya presentes: {3}.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asking…</source>
   <translation>Consultando…</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Asks as {0}, by the certificates above, while this window is open. Empty asks nobody.</source>
   <translation>Consulta como {0}, con los certificados de arriba, mientras esta ventana está abierta. Vacío: no se consulta a nadie.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>By hand</source>
   <translation>A mano</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>DICOM worklist</source>
   <translation>Lista de trabajo DICOM</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Each {0} min</source>
   <translation>Cada {0} min</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>For example SM; empty: all</source>
   <translation>Por ejemplo SM; vacío: todas</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Is asked</source>
   <translation>Se consulta</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Not taken: {0}; see the messages above.</source>
   <translation>No tomados: {0}; véanse los mensajes de arriba.</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Only this modality</source>
   <translation>Solo esta modalidad</translation>
  </message>
  <message>
   <location filename="worklist_panel.py" />
   <source>Stop</source>
   <translation>Detener</translation>
  </message>
 </context>
</TS>
