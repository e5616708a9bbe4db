import type { MenuItemConstructorOptions } from 'electron'
import { Menu } from 'electron'

type Role = NonNullable<MenuItemConstructorOptions['role']>

/** Electron names its own items in English only. `&`: the letter for the keyboard, where a platform has it. */
const KOREAN: Partial<Record<Role, string>> = {
  about: 'Toque 정보', services: '서비스', hide: 'Toque 가리기', hideOthers: '기타 가리기', unhide: '모두 보기', quit: 'Toque 종료',
  undo: '실행 취소', redo: '다시 실행', cut: '잘라내기', copy: '복사', paste: '붙여넣기', delete: '삭제', selectAll: '모두 선택',
  reload: '새로 고침', resetZoom: '실제 크기', zoomIn: '확대', zoomOut: '축소', togglefullscreen: '전체 화면', toggleDevTools: '개발자 도구',
  minimize: '최소화', zoom: '확대/축소', close: '창 닫기',
}
const MENUS = {
  en: { app: 'Toque', file: '&File', edit: '&Edit', view: '&View', window: '&Window' },
  ko: { app: 'Toque', file: '파일(&F)', edit: '편집(&E)', view: '보기(&V)', window: '창(&W)' },
}

/** The native menu in a language, as small as the platforms allow: editing keys work through it on macOS, zoom and reload everywhere. */
export function setMenu(language: 'en' | 'ko'): void {
  const mac = process.platform === 'darwin'
  const words = MENUS[language]
  const items = (...roles: (Role | '-')[]): MenuItemConstructorOptions[] => roles.map((role) => (role === '-' ? { type: 'separator' } : { role, ...(language === 'ko' && KOREAN[role] !== undefined ? { label: KOREAN[role] } : {}) }))
  Menu.setApplicationMenu(Menu.buildFromTemplate([
    mac ? { label: words.app, submenu: items('about', '-', 'services', '-', 'hide', 'hideOthers', 'unhide', '-', 'quit') } : { label: words.file, submenu: items('quit') },
    { label: words.edit, submenu: items('undo', 'redo', '-', 'cut', 'copy', 'paste', 'delete', '-', 'selectAll') },
    { label: words.view, submenu: items('reload', 'resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen', 'toggleDevTools') },
    { label: words.window, role: 'window', submenu: items('minimize', 'zoom', ...(mac ? [] : ['close' as const])) },
  ]))
}
