/* Fills in the visitor's time zone where the form asks for it. Without this the visitor chooses from the list. */
(function () {
  "use strict";
  var field = document.getElementById("zone");
  if (!field || field.value) { return; }
  var zone = "";
  try {
    zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch (unsupported) {
    return;
  }
  if (!zone) { return; }
  field.value = zone;
  if (field.value !== zone) {
    field.add(new Option(zone.split("/").pop().replace(/_/g, " "), zone, true, true), 0);
    field.value = zone;
  }
}());
