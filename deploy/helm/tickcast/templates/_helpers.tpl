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

{{/* The settings of a program: the dict has `root` and `settings`. A large number must not become 1e+06. */}}
{{- define "tickcast.settings" -}}
TICKCAST_FEED: {{ .root.Values.feed | quote }}
TICKCAST_PARTITIONS: {{ .root.Values.partitions | int64 | quote }}
{{- range $name, $value := .settings }}
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
