@echo off
rem Start of a session, as its user. The first argument is the launcher. Whatever happens, the session goes on.
cd /d "%SystemRoot%"
"%~1" session start 2>&1
if errorlevel 1 echo pose-launcher: not everything could be started (exit code %errorlevel%)
exit /b 0
