{{/* The labels of a program, by which pods are selected. */}}
{{- define "tickcast.labels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/part-of: tickcast
{{- end }}

{{/* An image: the dict has `image` of the values, and the `version` of the chart. */}}
{{- define "tickcast.image" -}}
{{- with .image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.version }}{{ end }}
{{- end }}
{{- end }}

{{/* The programs that run, with spaces between. */}}
{{- define "tickcast.programs" -}}
gateway publisher{{ if .Values.delayer.enabled }} delayer{{ end }}
{{- end }}

{{/* The programs among them that write a feed. */}}
{{- define "tickcast.writers" -}}
{{ include "tickcast.programs" . | trimPrefix "gateway " }}
{{- end }}

{{/* The settings of a program: the dict has `root` and `program`. A large number must not become 1e+06. */}}
{{- define "tickcast.settings" -}}
{{- $values := .root.Values }}
{{- $found := dict "TICKCAST_FEED" $values.feed }}
{{- if eq .program "delayer" }}
{{- $_ := set $found "TICKCAST_DELAY_MINUTES" (toString $values.delayer.minutes) }}
{{- else }}
{{- $_ := set $found "TICKCAST_PARTITIONS" (int64 $values.partitions) }}
{{- end }}
{{- if eq .program "gateway" }}
{{- if $values.gateway.keysSecret }}{{ $_ := set $found "TICKCAST_AUTH_KEYS" "/run/keys" }}{{ end }}
{{- if $values.delayer.enabled }}{{ $_ := set $found "TICKCAST_DELAYS" (toString $values.delayer.minutes) }}{{ end }}
{{- end }}
{{- range $name, $value := (get $values .program).settings }}{{ $_ := set $found $name $value }}{{ end }}
{{- range $name, $value := $found }}
{{ $name }}: {{ if kindIs "float64" $value }}{{ printf "%.0f" $value | quote }}{{ else }}{{ $value | quote }}{{ end }}
{{- end }}
{{- end }}

{{- define "tickcast.pod" -}}
automountServiceAccountToken: false
# A Service named tickcast would otherwise set TICKCAST_PORT to an address.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  # This group owns the mounted password.
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tickcast.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
