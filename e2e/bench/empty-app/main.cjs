// The least that an Electron app can be: one window with nothing in it. The app's own memory is told against it.
const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadURL('data:text/html,<title>empty</title>'))
