package session

// The specs of the SessionTemplates and Sessions that several tests use.

// notes has one agent. At every start it adds a line that nobody can guess to a file on its volume,
// prints the file, and then waits to be told to end.
const notes = `
agents:
  - name: writer
    command:
      - sh
      - -c
      - |
        trap 'exit 0' TERM
        echo "$SESSION_NAME $(cat /proc/sys/kernel/random/uuid)" >> "$SESSION_WORKSPACE/notes"
        cat "$SESSION_WORKSPACE/notes"
        while :; do sleep 1 & wait $!; done
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

// withNotes is a Session on the template notes, with a volume.
const withNotes = `
templateRef: {name: notes}
storage: {size: 16Mi}
retryPolicy: {initialSeconds: 1, maxSeconds: 2}
`

// idler has one agent that needs no volume and only waits to be told to end.
const idler = `
agents:
  - name: idler
    command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

// imageless is a template whose image nobody has.
const imageless = `
agents:
  - name: idler
    image: localhost:1/no-such-image:v1
podTemplate: {spec: {terminationGracePeriodSeconds: 2}}
`

const readNotes = "/workspace/notes"
