/**
 * The program of the sandbox container, as machine code, one instruction a line. It needs no libc, no file but itself, and no memory but its stack.
 *
 * Alone (`/toque-sandbox`) it holds a pod's namespaces open: it ignores SIGCHLD, so that the kernel reaps orphans that fall to it as PID 1, and
 * waits for SIGTERM, SIGINT or SIGQUIT, which it blocks first: a blocked signal reaches even PID 1, which has no default handlers.
 * `/toque-sandbox mv FROM TO` renames (atomically, which Docker's untar is not), and `/toque-sandbox rm PATH...` removes files and empty
 * directories, skipping what it cannot: that is how files in pod volumes are swapped, by exec.
 */
export const MACHINE_CODE: Readonly<Record<'amd64' | 'arm64', Uint8Array>> = {
  amd64: bytes(`
    48 8b 1c 24              ; mov    rbx, [rsp]            argc
    48 8d 6c 24 10           ; lea    rbp, [rsp+16]         &argv[1]
    48 83 fb 01              ; cmp    rbx, 1
    7f 78                    ; jg     tool
    48 83 ec 20              ; sub    rsp, 32               struct sigaction { SIG_IGN, 0, 0, 0 }
    31 c0                    ; xor    eax, eax
    48 89 44 24 08           ; mov    [rsp+8], rax
    48 89 44 24 10           ; mov    [rsp+16], rax
    48 89 44 24 18           ; mov    [rsp+24], rax
    c7 04 24 01 00 00 00     ; mov    dword [rsp], 1
    c7 44 24 04 00 00 00 00  ; mov    dword [rsp+4], 0
    b8 0d 00 00 00           ; mov    eax, 13               rt_sigaction(SIGCHLD, rsp, 0, 8)
    bf 11 00 00 00           ; mov    edi, 17
    48 89 e6                 ; mov    rsi, rsp
    31 d2                    ; xor    edx, edx
    41 ba 08 00 00 00        ; mov    r10d, 8
    0f 05                    ; syscall
    48 c7 04 24 06 40 00 00  ; mov    qword [rsp], 0x4006   SIGTERM, SIGQUIT, SIGINT
    b8 0e 00 00 00           ; mov    eax, 14               rt_sigprocmask(SIG_BLOCK, rsp, 0, 8)
    31 ff                    ; xor    edi, edi
    48 89 e6                 ; mov    rsi, rsp
    31 d2                    ; xor    edx, edx
    41 ba 08 00 00 00        ; mov    r10d, 8
    0f 05                    ; syscall
    b8 80 00 00 00           ; wait: mov eax, 128           rt_sigtimedwait(rsp, 0, 0, 8)
    48 89 e7                 ; mov    rdi, rsp
    31 f6                    ; xor    esi, esi
    31 d2                    ; xor    edx, edx
    41 ba 08 00 00 00        ; mov    r10d, 8
    0f 05                    ; syscall
    85 c0                    ; test   eax, eax
    78 e8                    ; js     wait
    31 ff                    ; xor    edi, edi
    b8 3c 00 00 00           ; exit: mov eax, 60            exit(edi)
    0f 05                    ; syscall
    48 8b 45 00              ; tool: mov rax, [rbp]
    80 38 6d                 ; cmp    byte [rax], 'm'
    74 25                    ; je     move
    48 83 c5 08              ; remove: add rbp, 8
    48 8b 7d 00              ; mov    rdi, [rbp]
    48 85 ff                 ; test   rdi, rdi
    74 e3                    ; jz     exit
    b8 57 00 00 00           ; mov    eax, 87               unlink(rdi)
    0f 05                    ; syscall
    85 c0                    ; test   eax, eax
    74 e8                    ; jz     remove
    48 8b 7d 00              ; mov    rdi, [rbp]
    b8 54 00 00 00           ; mov    eax, 84               rmdir(rdi)
    0f 05                    ; syscall
    eb db                    ; jmp    remove
    48 8b 7d 08              ; move: mov rdi, [rbp+8]
    48 8b 75 10              ; mov    rsi, [rbp+16]
    b8 52 00 00 00           ; mov    eax, 82               rename(rdi, rsi)
    0f 05                    ; syscall
    89 c7                    ; mov    edi, eax              errno is the exit code
    f7 df                    ; neg    edi
    eb b6                    ; jmp    exit
  `),
  arm64: words(`
    f94003f4  ; ldr  x20, [sp]            argc
    910043f5  ; add  x21, sp, #16         &argv[1]
    f100069f  ; cmp  x20, #1
    540003ac  ; b.gt tool
    d10083ff  ; sub  sp, sp, #32          struct sigaction { SIG_IGN, 0, 0, 0 }
    d2800020  ; mov  x0, #1
    a9007fe0  ; stp  x0, xzr, [sp]
    a9017fff  ; stp  xzr, xzr, [sp, #16]
    d2800220  ; mov  x0, #17              rt_sigaction(SIGCHLD, sp, 0, 8)
    910003e1  ; mov  x1, sp
    d2800002  ; mov  x2, #0
    d2800103  ; mov  x3, #8
    d28010c8  ; mov  x8, #134
    d4000001  ; svc  #0
    d28800c0  ; mov  x0, #0x4006          SIGTERM, SIGQUIT, SIGINT
    f90003e0  ; str  x0, [sp]
    d2800000  ; mov  x0, #0               rt_sigprocmask(SIG_BLOCK, sp, 0, 8)
    910003e1  ; mov  x1, sp
    d2800002  ; mov  x2, #0
    d2800103  ; mov  x3, #8
    d28010e8  ; mov  x8, #135
    d4000001  ; svc  #0
    910003e0  ; wait: mov x0, sp          rt_sigtimedwait(sp, 0, 0, 8)
    d2800001  ; mov  x1, #0
    d2800002  ; mov  x2, #0
    d2800103  ; mov  x3, #8
    d2801128  ; mov  x8, #137
    d4000001  ; svc  #0
    b7ffff40  ; tbnz x0, #63, wait
    d2800000  ; mov  x0, #0
    d2800ba8  ; exit: mov x8, #93         exit(x0)
    d4000001  ; svc  #0
    f94002a9  ; tool: ldr x9, [x21]
    39400129  ; ldrb w9, [x9]
    7101b53f  ; cmp  w9, #'m'
    540001c0  ; b.eq move
    f8408ea1  ; remove: ldr x1, [x21, #8]!
    d2800000  ; mov  x0, #0
    b4ffff01  ; cbz  x1, exit
    92800c60  ; mov  x0, #-100            unlinkat(AT_FDCWD, x1, 0)
    d2800002  ; mov  x2, #0
    d2800468  ; mov  x8, #35
    d4000001  ; svc  #0
    b4ffff20  ; cbz  x0, remove
    92800c60  ; mov  x0, #-100            unlinkat(AT_FDCWD, x1, AT_REMOVEDIR)
    f94002a1  ; ldr  x1, [x21]
    d2804002  ; mov  x2, #0x200
    d4000001  ; svc  #0
    17fffff4  ; b    remove
    92800c60  ; move: mov x0, #-100       renameat2(AT_FDCWD, x1, AT_FDCWD, x3, 0)
    f94006a1  ; ldr  x1, [x21, #8]
    92800c62  ; mov  x2, #-100
    f9400aa3  ; ldr  x3, [x21, #16]
    d2800004  ; mov  x4, #0
    d2802288  ; mov  x8, #276
    d4000001  ; svc  #0
    cb0003e0  ; neg  x0, x0               errno is the exit code
    17ffffe5  ; b    exit
  `),
}

/** The hexadecimal column of a listing, in memory order. */
function bytes(listing: string): Uint8Array {
  return Uint8Array.from(column(listing).flatMap((hex) => hex.split(/\s+/)).map((hex) => parseInt(hex, 16)))
}

/** The same for a listing of 32-bit words, stored little-endian. */
function words(listing: string): Uint8Array {
  const values = column(listing).map((hex) => parseInt(hex, 16))
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setUint32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}

function column(listing: string): string[] {
  return listing.split('\n').map((line) => (line.split(';')[0] ?? '').trim()).filter((hex) => hex !== '')
}
